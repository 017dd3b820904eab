#!/bin/bash
# Builds a small Debian with real cloud-init, as a public cloud would offer it. Needs root, for debootstrap.
#   build.sh MBR OUT [MIRROR]
# MBR: the boot sector of syslinux; OUT: folder for debian.qcow2
# (BIOS-bootable: MBR + FAT with syslinux, kernel, initramfs; 2nd partition ext4 "vmanroot"). No loop device is used.
set -euo pipefail
mbr=$1
mkdir -p "$2"; out=$(cd "$2" && pwd)
mirror=${3:-http://deb.debian.org/debian}
root=$out/root

# python3-cffi-backend stands for a virtual package that debootstrap cannot resolve
debootstrap --variant=minbase --include=systemd-sysv,udev,dbus,netplan.io,systemd-resolved,iproute2,sudo,openssh-server,ca-certificates,e2fsprogs,qemu-guest-agent,python3-cffi-backend,cloud-init,initramfs-tools,linux-image-cloud-amd64 \
  bookworm "$root" "$mirror" > "$out/debootstrap.log" 2>&1 || { tail -20 "$out/debootstrap.log" >&2; exit 1; }

inside() { chroot "$root" /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
printf 'LABEL=vmanroot / ext4 defaults,noatime 0 1\n' > "$root/etc/fstab"
# making a locale takes minutes in emulation
printf 'datasource_list: [ NoCloud, None ]\nlocale: false\n' > "$root/etc/cloud/cloud.cfg.d/90_vman.cfg"
printf 'MODULES=list\nCOMPRESS=gzip\n' > "$root/etc/initramfs-tools/conf.d/vman"
printf '%s\n' virtio_pci virtio_blk ext4 > "$root/etc/initramfs-tools/modules"
inside update-initramfs -u -k all > "$out/initramfs.log" 2>&1
inside systemctl enable systemd-networkd > /dev/null 2>&1
inside systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer > /dev/null 2>&1
# every machine made from it is another one
rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id; : > "$root/etc/machine-id"
inside apt-get clean; rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*

cp -L "$root"/boot/vmlinuz-* "$out/vmlinuz"; cp -L "$root"/boot/initrd.img-* "$out/initrd"
boot_mib=$(( ($(stat -c %s "$out/vmlinuz") + $(stat -c %s "$out/initrd")) / 1048576 + 6 )) root_mib=1536
truncate -s ${boot_mib}M "$out/fat"; mkfs.vfat -F 16 -n VMANBOOT "$out/fat" > /dev/null
printf 'SERIAL 0 115200\nDEFAULT l\nPROMPT 0\nTIMEOUT 0\nLABEL l\n KERNEL /vmlinuz\n INITRD /initrd\n APPEND %s\n' \
  'root=LABEL=vmanroot ro console=tty0 console=ttyS0 net.ifnames=0 random.trust_cpu=on no_timer_check' > "$out/syslinux.cfg"
mcopy -i "$out/fat" "$out/vmlinuz" ::vmlinuz; mcopy -i "$out/fat" "$out/initrd" ::initrd
mcopy -i "$out/fat" "$out/syslinux.cfg" ::syslinux.cfg
syslinux --install "$out/fat"
truncate -s ${root_mib}M "$out/ext"; mkfs.ext4 -q -F -L vmanroot -m 0 -d "$root" "$out/ext"

# the partition table is two rows of 16 bytes: flag, start in old terms, type, end in old terms, start, length
le32() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
row() { printf '%s' "\\x$1\\xfe\\xff\\xff\\x$2\\xfe\\xff\\xff$(le32 "$3")$(le32 "$4")"; }
raw=$out/debian.raw
truncate -s $((1 + boot_mib + root_mib))M "$raw"
put() { dd of="$raw" bs=1 seek="$1" conv=notrunc status=none; }
dd if="$mbr" of="$raw" bs=440 count=1 conv=notrunc status=none
printf "$(row 80 06 2048 $((boot_mib * 2048)))$(row 00 83 $((2048 + boot_mib * 2048)) $((root_mib * 2048)))" | put 446
printf '\x55\xaa' | put 510
dd if="$out/fat" of="$raw" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$out/ext" of="$raw" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
# FAT needs its hidden-sector count to know where the partition starts
printf '\x00\x08\x00\x00' | put $((1048576 + 28))
qemu-img convert -q -c -f raw -O qcow2 "$raw" "$out/debian.qcow2"
