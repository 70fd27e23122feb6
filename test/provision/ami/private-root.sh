#!/bin/bash
# Runs a script as root over a copy of this machine's file system that lives in memory: whatever is done in there is
# gone with it. There is no network, no systemd, no device, and no right to change anything of the kernel.
#
#   private-root.sh DIR SHARE SCRIPT     DIR: an empty directory to work in; SHARE: is /mnt in there
set -eu
dir=$1 share=$2 script=$3
if [ "${4:-}" != inside ]; then
  exec unshare --mount --pid --fork --kill-child --ipc --uts --net -- "$BASH" "$0" "$dir" "$share" "$script" inside
fi
mount --make-rprivate /
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/up" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up,workdir=$dir/work" "$dir/root"
cd "$dir/root"
mount -t proc proc proc
# What is in these on this machine is nobody's business.
for place in run tmp var/tmp var/log root home dev var/lib/systemd; do mount -t tmpfs tmpfs "$place"; done
chmod 1777 tmp var/tmp
chmod 700 root
mount --bind "$share" mnt
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ip link set lo up
echo builder >/proc/sys/kernel/hostname
# Most of it is not of this namespace, and root may write there without any right.
for place in sys sysrq-trigger; do
  [ -e "proc/$place" ] || continue
  mount --bind "proc/$place" "proc/$place"
  mount -o remount,bind,ro "proc/$place"
done
mkdir -p old
pivot_root . old
umount -l /old
rmdir /old
cd /
: >/mnt/ready
exec setpriv --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+sys_chroot,+audit_write,+net_bind_service \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash -c "$script"
