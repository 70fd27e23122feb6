#!/bin/bash
# Boots this machine's systemd as process 1 of namespaces of its own, over a copy of the file system that lives in
# memory: whatever happens in there is gone with it, and no packet leaves, since there is only a loopback device.
#
#   systemd-boot.sh DIR SHARE     DIR: an empty directory to work in; SHARE: is /mnt/share in there
#
# Prints the process id of the systemd; ends it when standard input ends, also because who started it is gone.
set -eu
if [ "${1:-}" = inside ]; then
  dir=$2 share=$3 legacy=$4
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$dir"
  mkdir "$dir/up" "$dir/work" "$dir/root"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/up,workdir=$dir/work" "$dir/root"
  cd "$dir/root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount -t tmpfs tmpfs run
  mount --bind "$share" mnt
  mount -t tmpfs tmpfs dev
  for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  mount -t tmpfs tmpfs dev/shm
  if [ "$legacy" = yes ]; then
    mount -t tmpfs tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  else
    mount -t cgroup2 cgroup2 sys/fs/cgroup
  fi
  # Nothing of this machine but what the test installs: no device manager, no login, no service.
  rm -rf etc/systemd/system/*.wants
  for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-logind.service getty.target; do
    ln -sf /dev/null "etc/systemd/system/$unit"
  done
  ip link set lo up
  mkdir -p old
  pivot_root . old
  umount -l /old
  export container=other
  exec /lib/systemd/systemd --unit=multi-user.target --log-target=journal --show-status=0
fi

dir=$1 share=$2 name=hostwright-test-$$
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  group=/sys/fs/cgroup/$name legacy=no
else
  group=/sys/fs/cgroup/systemd/$name legacy=yes
fi
mkdir "$group"
# The last of its processes take a moment to be gone.
clean_up() {
  for _ in $(seq 50); do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && return
    sleep 0.1
  done
}
trap clean_up EXIT
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child --ipc --uts --net --cgroup -- \
    "$BASH" "$0" inside "$dir" "$share" "$legacy"
) </dev/null >"$dir.log" 2>&1 &
unshare=$!
disown "$unshare" # its end is no news
until init=$(cat "/proc/$unshare/task/$unshare/children" 2>/dev/null) && [ -n "$init" ]; do
  kill -0 "$unshare" 2>/dev/null || { cat "$dir.log" >&2; exit 1; }
  sleep 0.1
done
echo "${init% }"
while read -r _; do :; done
kill -KILL "$unshare"
