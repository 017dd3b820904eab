#!/bin/bash
# Builds the demo guest from unpacked distribution packages, without root and without loop devices.
#   build.sh PACKAGES KERNEL OUT
# PACKAGES: folder with busybox-static, qemu-guest-agent, syslinux, syslinux-common and the kernel unpacked,
# depmod done; KERNEL: the kernel's version; OUT: folder for guest.qcow2
# (BIOS-bootable: MBR + FAT with syslinux, kernel, initramfs; 2nd partition ext4 "vmandata").
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
packages=$(cd "$1" && pwd) kernel=$2
mkdir -p "$3"; out=$(cd "$3" && pwd)

first() { for f in "$@"; do if [ -e "$f" ]; then echo "$f"; return; fi; done; echo "none of these exists: $*" >&2; return 1; }
busybox=$(first "$packages"/bin/busybox "$packages"/usr/bin/busybox)
agent=$(first "$packages"/usr/sbin/qemu-ga "$packages"/usr/bin/qemu-ga)
mbr=$(first "$packages"/usr/lib/syslinux/mbr/mbr.bin)
vmlinuz=$(first "$packages/boot/vmlinuz-$kernel" "$packages/usr/lib/modules/$kernel/vmlinuz")
libraries=$packages/usr/lib/x86_64-linux-gnu:$packages/lib/x86_64-linux-gnu

root=$out/root
mkdir -p "$root"/{bin,sbin,usr/sbin,usr/bin,etc/acpi/PWRF,lib/modules,proc,sys,dev,run,tmp,root,var/lib,www/cgi-bin}
ln -s lib "$root/lib64"

# busybox and its applets
cp "$busybox" "$root/bin/busybox"
for applet in $("$busybox" --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
ln -s ../bin/busybox "$root/sbin/init"; ln -s bin/busybox "$root/init"
# the guest agent calls /sbin/shutdown -h -P +0, and /sbin/hwclock for guest-set-time
printf '#!/bin/sh\ncase "$*" in *-r*) exec /bin/reboot;; *) exec /bin/poweroff;; esac\n' > "$root/sbin/shutdown"
for applet in reboot poweroff hwclock; do ln -s ../bin/busybox "$root/sbin/$applet"; done

# our own files
cp "$here"/rootfs/{rc,rc.down,inittab,udhcpc.script} "$root/etc/"; cp "$here/rootfs/info.cgi" "$root/www/cgi-bin/info"
printf '#!/bin/sh\nexec /bin/poweroff\n' > "$root/etc/acpi/PWRF/00000080"
chmod +x "$root"/etc/{rc,rc.down,udhcpc.script} "$root/sbin/shutdown" "$root/www/cgi-bin/info" "$root/etc/acpi/PWRF/00000080"
echo 'root::0:0:root:/root:/bin/sh' > "$root/etc/passwd"; echo 'root:x:0:' > "$root/etc/group"
echo 'root::19000::::::' > "$root/etc/shadow"; echo /bin/sh > "$root/etc/shells"; : > "$root/etc/fstab"
printf 'ID=vman-guest\nNAME="VMAN demo guest"\nPRETTY_NAME="VMAN demo guest"\nVERSION_ID=1\n' > "$root/etc/os-release"

# kernel modules, in dependency order, flat and uncompressed; those built into this kernel are left out
: > "$root/lib/modules/order"
for module in virtio_pci virtio_blk virtio_net virtio_console button evdev virtio_balloon virtio-rng isofs virtio_scsi sr_mod sd_mod ata_piix pvpanic-pci ext4; do
  # modprobe fails for a module that this kernel lacks; what is really needed shows when the guest boots
  { modprobe -d "$packages" -S "$kernel" --show-depends "$module" 2>/dev/null || true; } | awk '$1=="insmod"{print $2}' | while read -r file; do
    name=$(basename "$file"); name=${name%.xz}; name=${name%.zst}; name=${name%.gz}
    grep -qx "$name" "$root/lib/modules/order" && continue
    case $file in
      *.xz) xz -dc "$file" > "$root/lib/modules/$name";;
      *.zst) zstd -qdc "$file" > "$root/lib/modules/$name";;
      *.gz) gzip -dc "$file" > "$root/lib/modules/$name";;
      *) cp "$file" "$root/lib/modules/$name";;
    esac
    echo "$name" >> "$root/lib/modules/order"
  done
done

# the guest agent and the libraries it needs
cp "$agent" "$root/usr/sbin/qemu-ga"; strip "$root/usr/sbin/qemu-ga" 2>/dev/null || true
LD_LIBRARY_PATH=$libraries ldd "$agent" | awk '/not found/{print "missing library: " $1 > "/dev/stderr"; exit 1} /=> \//{print $3} /^\t\/lib/{print $1}' > "$out/libraries"
while read -r library; do cp -Ln "$library" "$root/lib/" 2>/dev/null || true; done < "$out/libraries"

( cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc -R 0:0 --quiet ) | gzip -6 -n > "$out/initramfs.img"

# 1 MiB gap, FAT boot partition, ext4 data partition
boot_mib=$(( ($(stat -Lc %s "$vmlinuz") + $(stat -c %s "$out/initramfs.img")) / 1048576 + 6 )) data_mib=16
truncate -s ${boot_mib}M "$out/fat"; mkfs.vfat -F 16 -n VMANBOOT "$out/fat" >/dev/null
printf 'SERIAL 0 115200\nDEFAULT l\nPROMPT 0\nTIMEOUT 0\nLABEL l\n KERNEL /vmlinuz\n INITRD /initrd\n APPEND %s\n' \
  'console=tty0 console=ttyS0 quiet random.trust_cpu=on no_timer_check' > "$out/syslinux.cfg"
mcopy -i "$out/fat" "$vmlinuz" ::vmlinuz; mcopy -i "$out/fat" "$out/initramfs.img" ::initrd; mcopy -i "$out/fat" "$out/syslinux.cfg" ::syslinux.cfg
syslinux --install "$out/fat"
truncate -s ${data_mib}M "$out/ext"; mkfs.ext4 -q -F -L vmandata -O ^has_journal -m 0 "$out/ext"

# the partition table is two rows of 16 bytes: flag, start in old terms, type, end in old terms, start, length
le32() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
row() { printf '%s' "\\x$1\\xfe\\xff\\xff\\x$2\\xfe\\xff\\xff$(le32 "$3")$(le32 "$4")"; }
raw=$out/guest.raw
truncate -s $((1 + boot_mib + data_mib))M "$raw"
put() { dd of="$raw" bs=1 seek="$1" conv=notrunc status=none; }
dd if="$mbr" of="$raw" bs=440 count=1 conv=notrunc status=none
printf "$(row 80 06 2048 $((boot_mib * 2048)))$(row 00 83 $((2048 + boot_mib * 2048)) $((data_mib * 2048)))" | put 446
printf '\x55\xaa' | put 510
dd if="$out/fat" of="$raw" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$out/ext" of="$raw" bs=1M seek=$((1 + boot_mib)) conv=notrunc,sparse status=none
# FAT needs its hidden-sector count to know where the partition starts
printf '\x00\x08\x00\x00' | put $((1048576 + 28))
qemu-img convert -q -c -f raw -O qcow2 "$raw" "$out/guest.qcow2"
