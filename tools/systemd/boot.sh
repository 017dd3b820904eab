#!/bin/sh
# Job: become process 1 of a Debian with systemd. How: cgroups of this name in every hierarchy, then namespaces of
# every kind, then a root whose changes stay in memory, with the project read-only in it, also as
# the release that is installed. All of it ends with us.
#   boot.sh <root> <project> <cgroup>
set -eu

hierarchies() {
  awk '($3 == "cgroup" || $3 == "cgroup2") && $2 ~ "^/sys/fs/cgroup" { print $3, $2 }' /proc/mounts
}

outer() {
  hierarchies | while read -r kind folder; do
    [ "$kind" = cgroup ] || echo '+cpu +memory +pids' 2>&- > "$folder/cgroup.subtree_control" || true
    mkdir -p "$folder/$3"
    for set in cpus mems; do
      [ ! -e "$folder/cpuset.$set" ] || cat "$folder/cpuset.$set" > "$folder/$3/cpuset.$set"
    done
    echo $$ > "$folder/$3/cgroup.procs"
  done
  exec setpriv --pdeathsig KILL unshare --pid --mount --uts --ipc --net --cgroup --fork --kill-child \
    --propagation private sh "$0" --inner "$@"
}

inner() {
  memory=$1/mnt
  new=$memory/root
  mount -t tmpfs tmpfs "$memory"
  mkdir "$memory/changes" "$memory/work" "$new"
  mount -t overlay -o "lowerdir=$1,upperdir=$memory/changes,workdir=$memory/work" overlay "$new"
  mount -t proc proc "$new/proc"
  mount -t sysfs sysfs "$new/sys"
  mount_cgroups "$new/sys/fs/cgroup"
  mount_devices "$new/dev"
  mount -t tmpfs -o mode=755 tmpfs "$new/run"
  mkdir -p "$new$2"
  mount --bind "$2" "$new$2"
  mount -o remount,bind,ro "$new$2"
  mkdir -p "$new/opt/vman/current"
  mount --bind "$new$2" "$new/opt/vman/current"
  hostname vman-systemd
  cd "$new"
  pivot_root . mnt
  umount -l /mnt
  exec env -i container=vman PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd $wanted
}

# systemd would join controllers that this kernel holds apart: they are there before it looks. The rest it mounts.
mount_cgroups() {
  wanted=
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 "$1"
    return
  fi
  wanted=systemd.unified_cgroup_hierarchy=0
  mount -t tmpfs -o mode=755 tmpfs "$1"
  for folder in $(hierarchies | sed -n 's/^cgroup //p'); do
    name=${folder##*/}
    [ "$name" != systemd ] || continue
    mkdir "$1/$name"
    mount -t cgroup -o "$name" cgroup "$1/$name"
  done
}

mount_devices() {
  mount -t tmpfs -o mode=755 tmpfs "$1"
  for device in null zero full random urandom tty; do
    touch "$1/$device"
    mount --bind "/dev/$device" "$1/$device"
  done
  mkdir "$1/pts" "$1/shm" "$1/net"
  # as udev makes it
  mknod -m 666 "$1/net/tun" c 10 200
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/pts"
  ln -s pts/ptmx "$1/ptmx"
  ln -s /proc/self/fd "$1/fd"
}

if [ "$1" = --inner ]; then
  shift
  inner "$@"
else
  outer "$@"
fi
