import { IN_MEMORY, ON_DISK, UNIT } from "./hygiene/bake.ts";

/**
 * What every runner begins with: what the lines behind it call. POSIX shell; of tools it needs those of coreutils.
 * The lines before it set id, digest, sink, log, persistent and ending.
 *
 * The code of a marker is `sha256(nonce \n sha256(nonce \n marker \n) \n)`, its first 32 digits: two rounds, as in an
 * HMAC, so that nothing can be appended to a marker by whoever has seen it. sha256sum is on every host, openssl is not.
 */
export const RUNNER_SHELL = `set -u
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root LC_ALL=C.UTF-8
export PATH HOME LC_ALL
dir=$(cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
# It takes keys, logs and passwords away: it is for a machine that an image is made of, and somebody put it there.
case $dir in
  ${IN_MEMORY} | ${ON_DISK}) ;;
  *) echo "This runs from ${IN_MEMORY} or ${ON_DISK} alone, and not from $dir." >&2; exit 2 ;;
esac
HOSTWRIGHT_DIR=$dir
export HOSTWRIGHT_DIR
nonce=$(cat -- "$dir/nonce") || exit 1

# What is known of an earlier start: the numbers of the step that is over, and of the one that was begun.
seq=0 passed=0 begun=0 since=0 boot=none current=start
# shellcheck source=/dev/null
[ ! -f "$dir/state" ] || . "$dir/state"

save() {
  printf 'seq=%s passed=%s begun=%s since=%s boot=%s\\n' "$seq" "$passed" "$begun" "$since" "$boot" >"$dir/state.new" &&
    mv -f -- "$dir/state.new" "$dir/state"
}

say() { printf '%s\\n' "$*" >>"$log"; }

# Milliseconds since the machine has started, in $now: no clock that somebody sets.
clock() {
  read -r up _ </proc/uptime
  now=$((\${up%.*} * 1000 + 1\${up#*.}0 - 1000))
}

# mark STEP start|ok|fail STATUS MILLISECONDS
mark() {
  seq=$((seq + 1))
  save
  marker="@@bake1 $id $seq $*"
  code=$(printf '%s\\n%s\\n' "$nonce" "$marker" | sha256sum)
  code=$(printf '%s\\n%s\\n' "$nonce" "\${code%% *}" | sha256sum | cut -c 1-32)
  marker="$marker $code"
  printf '%s\\n' "$marker" >>"$sink"
}

# What would go on behind a reboot.
remove_unit() {
  [ -e "/etc/systemd/system/${UNIT}" ] || return 0
  systemctl --quiet disable ${UNIT} >>"$log" 2>&1
  rm -f -- "/etc/systemd/system/${UNIT}"
}

# finish ok DIGEST, or finish fail STEP STATUS
finish() {
  trap '' TERM INT HUP
  mark result "$@"
  say "== result $*"
  # A message of the kernel can hit the middle of a line of the console.
  if [ -c "$sink" ]; then
    for _ in 1 2; do
      sleep 1
      printf '%s\\n' "$marker" >>"$sink"
    done
  fi
  remove_unit
  [ "$1" != ok ] || rm -rf -- "$dir"
  if [ "$ending" = power-off ]; then
    sync
    # By force: services that are stopped would write once more.
    systemctl poweroff --force
  fi
  [ "$1" = ok ] || exit 1
  exit 0
}

interrupted() {
  say "== interrupted by a signal"
  mark "$current" fail "$1" 0
  finish fail "$current" "$1"
}
trap 'interrupted 143' TERM
trap 'interrupted 130' INT
trap 'interrupted 129' HUP

# step NUMBER NAME SECONDS ATTEMPTS FILE
step() {
  [ "$1" -gt "$passed" ] || return 0
  current=$2
  if [ "$begun" -ge "$1" ]; then
    say "== the machine was started again in the middle of $2"
    mark "$2" fail 255 0
    finish fail "$2" 255
  fi
  begun=$1
  mark "$2" start 0 0
  clock
  from=$now attempt=1
  while :; do
    say "== $2, attempt $attempt of $4"
    rm -f -- "$dir/broken"
    if timeout --kill-after=10 "$3" sh "$dir/$5" </dev/null >>"$log" 2>&1; then status=0; else status=$?; fi
    if [ "$status" -eq 0 ] || [ "$attempt" -ge "$4" ]; then break; fi
    attempt=$((attempt + 1))
    sleep "$attempt"
  done
  clock
  if [ "$status" -eq 0 ]; then
    passed=$1
    mark "$2" ok 0 $((now - from))
    return 0
  fi
  [ "$status" -ne 124 ] || say "== $2 has taken more than $3 seconds"
  if [ -f "$dir/broken" ]; then
    while read -r part; do mark "$2.$part" fail 1 0; done <"$dir/broken"
  fi
  mark "$2" fail "$status" $((now - from))
  finish fail "$2" "$status"
}

# restart NUMBER NAME
restart() {
  [ "$1" -gt "$passed" ] || return 0
  current=$2
  if [ "$begun" -lt "$1" ]; then
    begun=$1 since=$(date +%s) boot=$(cat /proc/sys/kernel/random/boot_id)
    mark "$2" start 0 0
    say "== $2"
    cp -f -- "$log" "$dir/log"
    sync
    # systemd ends us, and we come again.
    trap 'exit 0' TERM
    if systemctl reboot >>"$log" 2>&1; then
      sleep 300 &
      wait "$!"
    fi
    trap 'interrupted 143' TERM
  fi
  took=$((($(date +%s) - since) * 1000))
  if [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    say "== the machine has not started again"
    mark "$2" fail 1 "$took"
    finish fail "$2" 1
  fi
  passed=$1
  mark "$2" ok 0 "$took"
}

# Of what is written from here on, nothing is in the image.
into_memory() {
  remove_unit
  [ "$dir" != ${IN_MEMORY} ] || return 0
  rm -rf -- ${IN_MEMORY}
  if ! mkdir -p -- ${IN_MEMORY} || ! cp -R -- "$dir/hygiene" "$dir/nonce" "$dir/state" ${IN_MEMORY}/; then
    finish fail cleanup 1
  fi
  rm -rf -- "$dir"
  dir=${IN_MEMORY} HOSTWRIGHT_DIR=${IN_MEMORY}
}

# What no host of the image may share with this one.
tell_identities() {
  sh "$dir/hygiene/identities.sh" >"$dir/identities" 2>>"$log" || finish fail identities "$?"
  while read -r name hash; do mark fact "$name" "$hash"; done <"$dir/identities"
}

# It has the lock of the package manager, and writes until it has ended.
wait_for_cloud_init() {
  if [ -d /run/systemd/system ] && [ -d /run/cloud-init ] && command -v cloud-init >/dev/null; then
    timeout 900 cloud-init status --wait >>"$log" 2>&1
  fi
}

come_again() {
  if ! cat >"/etc/systemd/system/${UNIT}" <<EOF
[Unit]
Description=the rest of the recipe of an image
# The target, too: otherwise it would wait for us, and we for cloud-init, which waits for the target.
After=multi-user.target cloud-final.service network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=/bin/sh $dir/run.sh

[Install]
WantedBy=multi-user.target
EOF
  then finish fail start 1; fi
  systemctl --quiet enable ${UNIT} >>"$log" 2>&1 || finish fail start 1
}

begin() {
  if [ ! -e "$log" ] && [ -f "$dir/log" ]; then cp -- "$dir/log" "$log"; fi
  if [ "$persistent" = yes ] && [ "$begun" -eq 0 ]; then come_again; fi
  wait_for_cloud_init
}
`;
