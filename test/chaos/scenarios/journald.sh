#!/bin/bash
# Process 1 of namespaces of its own, with a journald and a rsyslogd that see nothing of this machine's journal and no
# network. What comes on standard input goes to systemd-cat; its end ends process 1, and the kernel all that is left.
#
#   unshare --mount --pid --net --fork --kill-child -- bash journald.sh DIR
#
# DIR has the rsyslog.conf, and gets the process id of rsyslogd, valid in here, as `pid`. Prints the process id of
# process 1, valid outside, as soon as everything runs.
set -eu
dir=$1
# As long as /proc is that of the machine, it tells the id that the machine knows.
read -r outside _ </proc/self/stat
mount -t proc proc /proc

mount -t tmpfs tmpfs /run
# A journal is found by the id of its machine, which a container may not have.
printf '%032d\n' 1 >"$dir/machine-id"
mount --bind "$dir/machine-id" /etc/machine-id
if [ -d /var/log/journal ]; then mount -t tmpfs tmpfs /var/log/journal; fi
# What journald has to say about itself is nothing for the kernel's log.
if [ -e /dev/kmsg ]; then mount --bind /dev/null /dev/kmsg; fi
mkdir -p /run/systemd/journald.conf.d
# An empty Audit leaves auditing in the kernel as it is; the default would turn it on.
cat >/run/systemd/journald.conf.d/zz-private.conf <<CONF
[Journal]
Storage=volatile
RateLimitIntervalSec=0
RateLimitBurst=0
ReadKMsg=no
Audit=
ForwardToSyslog=no
ForwardToKMsg=no
ForwardToConsole=no
ForwardToWall=no
CONF

await() {
  for _ in $(seq 200); do
    if [ -e "$1" ]; then return; fi
    sleep 0.05
  done
  echo "there is no $1 after ten seconds" >&2
  exit 1
}
/lib/systemd/systemd-journald >&2 &
await /run/systemd/journal/stdout
PATH=$PATH:/usr/sbin rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/pid" >&2 &
await "$dir/pid"
echo "$outside"
systemd-cat --identifier=app
