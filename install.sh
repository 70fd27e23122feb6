#!/bin/sh
# Installs, upgrades and removes host-agent on a Debian, Ubuntu or Amazon Linux host. See docs/install.md.
#
# Everything that can be refused is refused before anything is changed: the archive is verified and unpacked beside
# the present version, and the new version itself checks the configuration. Then one rename switches over. If the
# new version does not start, the previous one comes back.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL

usage() {
  cat <<'EOF'
Usage: install.sh --from FILE [--config FILE] [--sha256 HEX] [--root DIR | --no-start]
       install.sh uninstall [--purge] [--root DIR]
       install.sh --help

Installs host-agent from an archive, or upgrades it, and starts it.

  --from FILE    the archive, hostwright-VERSION-linux-x64.tar.gz
  --config FILE  the configuration: agent.yaml, or the CloudWatch agent's JSON.
                 Without it, the one that is installed already stays.
  --sha256 HEX   refuse an archive with another SHA-256
  --root DIR     install below DIR, for an image that is being built: no user is
                 created and nothing is started
  --no-start     for an image that is being built from within: the user is created,
                 and host-agent starts with the next boot
  uninstall      stops and removes host-agent; keeps its configuration and its
                 memory of what has been shipped
  --purge        with uninstall: removes those too, and the user

Exit status: 0 done or nothing to do, 1 failed, 2 wrong usage or invalid input.
EOF
}

user=host-agent
unit=host-agent.service

say() { printf 'install.sh: %s\n' "$1"; }

# fail STATUS WHAT NEXT
fail() {
  printf 'install.sh: %s\n  %s\n' "$2" "$3" >&2
  exit "$1"
}

need_value() {
  [ "$2" -ge 2 ] || fail 2 "$1 needs a value." "See install.sh --help."
}

# --- what is asked for ----------------------------------------------------------------------------------------

action=install from='' config='' sum='' root='' purge=no starting=yes
while [ $# -gt 0 ]; do
  case $1 in
    uninstall) action=uninstall ;;
    --purge) purge=yes ;;
    --from) need_value "$1" $# && from=$2 && shift ;;
    --config) need_value "$1" $# && config=$2 && shift ;;
    --sha256) need_value "$1" $# && sum=$2 && shift ;;
    --root) need_value "$1" $# && root=$2 && shift ;;
    --no-start) starting=no ;;
    --help | -h) usage && exit 0 ;;
    *) fail 2 "Unknown argument: $1" "See install.sh --help." ;;
  esac
  shift
done

# absolute PATH: so that no path can look like an option
absolute() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
  esac
}

check_request() {
  if [ "$action" = install ]; then
    [ -n "$from" ] || fail 2 "--from is missing." "Say which archive: --from hostwright-VERSION-linux-x64.tar.gz"
    [ "$purge" = no ] || fail 2 "--purge goes with uninstall only." "See install.sh --help."
    from=$(absolute "$from")
    readable "$from"
    if [ -n "$config" ]; then
      config=$(absolute "$config")
      readable "$config"
    fi
  else
    [ "$from$config$sum$starting" = yes ] || fail 2 "uninstall takes --purge and --root only." "See install.sh --help."
  fi
  if [ -n "$root" ]; then
    [ "$starting" = yes ] || fail 2 "--no-start goes without --root." "Below a directory nothing is ever started."
    [ -d "$root" ] || fail 2 "$root is not a directory." "Create it, or correct --root."
    root=$(cd -- "$root" && pwd -P)
    [ "$root" != / ] || fail 2 "--root is for a directory that holds another system." "Leave it out."
  elif [ "$(id -u)" != 0 ]; then
    fail 1 "This must run as root." "Try: sudo sh install.sh …, or install below a directory with --root DIR."
  fi
}

readable() {
  if [ ! -f "$1" ] || [ ! -r "$1" ]; then
    fail 2 "$1 is not a file that can be read." "Check the path and its permissions."
  fi
}

check_host() {
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
    fail 1 "This archive is for Linux on x86_64, and this is $(uname -s) on $(uname -m)." "Use an x86_64 instance."
  needed='tar gzip sha256sum readlink mktemp flock'
  [ -n "$root" ] || needed="$needed useradd"
  for tool in $needed; do
    command -v "$tool" >/dev/null || fail 1 "$tool is not installed." "Install it with the package manager of this host."
  done
  [ -z "$root" ] || return 0
  # Amazon Linux says ID="amzn", the others say it without quotes.
  id=$(sed -n 's/^ID="\{0,1\}\([a-z]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null) || id=unknown
  case $id in
    debian | ubuntu | amzn) ;;
    *) say "Nobody has tried this on \"$id\" yet; going on." ;;
  esac
}

systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

same_file() {
  [ -f "$1" ] && [ -f "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}

# --- the archive ----------------------------------------------------------------------------------------------

verify_sum() {
  [ -n "$sum" ] || return 0
  actual=$(sha256sum <"$from")
  [ "${actual%% *}" = "$(printf '%s' "$sum" | tr 'A-F' 'a-f')" ] ||
    fail 2 "$from has the SHA-256 ${actual%% *}, not the one given." "Download it again, or correct --sha256."
}

corrupt() { fail 2 "$from $1" "Download it again; nothing has been changed."; }

# Unpacks into $new, below the directory that it will stay in: the rename at the end must not cross file systems.
unpack() {
  new=$(mktemp -d "$opt/.new.XXXXXX")
  chmod 755 "$new"
  tar -xzf "$from" -C "$new" --strip-components=1 --no-same-owner 2>"$new.err" ||
    corrupt "cannot be unpacked: $(head -n 1 "$new.err")"
  for file in SHA256SUMS VERSION bin/node bin/host-agent lib/host-agent.cjs "$unit"; do
    [ -f "$new/$file" ] || corrupt "is not a hostwright archive: $file is missing."
  done
  (cd -- "$new" && sha256sum --quiet --strict -c SHA256SUMS) >"$new.err" 2>&1 ||
    corrupt "is damaged: $(head -n 1 "$new.err")"
  [ "$(find "$new" ! -type d ! -path "$new/SHA256SUMS" | wc -l)" -eq "$(wc -l <"$new/SHA256SUMS")" ] ||
    corrupt "holds files that are not in its SHA256SUMS."
  version=$(cat "$new/VERSION")
  case $version in
    '' | .* | *[!0-9A-Za-z.+-]*) corrupt "has no usable VERSION." ;;
  esac
  "$new/bin/node" --version >/dev/null 2>"$new.err" || fail 1 \
    "The runtime does not start on this host: $(head -n 1 "$new.err")" \
    "It needs glibc 2.28 or later, and libstdc++: Debian 10, Ubuntu 20.04, Amazon Linux 2023."
}

# --- the configuration ----------------------------------------------------------------------------------------

check_config() {
  if [ -z "$config" ]; then
    [ -f "$etc/agent.yaml" ] || fail 2 "--config is missing, and no configuration is installed yet." \
      "Write one (docs/install.md has an example) and give it with --config FILE."
    config=$etc/agent.yaml
  fi
  "$new/bin/host-agent" check --config "$config" >/dev/null ||
    fail 2 "host-agent $version does not accept $config." "Correct what is listed above; nothing has been changed."
}

install_config() {
  aside=''
  if ! same_file "$config" "$etc/agent.yaml"; then
    # Readable by the agent alone: it may name things that are nobody else's business.
    (umask 077 && cat -- "$config" >"$etc/.agent.yaml.new")
    [ -n "$root" ] || chown "root:$user" "$etc/.agent.yaml.new"
    chmod 640 "$etc/.agent.yaml.new"
    if [ -e "$etc/agent.yaml" ]; then
      aside=$etc/agent.yaml.$(date -u +%Y%m%dT%H%M%SZ)
      while [ -e "$aside" ]; do aside=$aside+; done
      cp -p -- "$etc/agent.yaml" "$aside"
      say "The configuration until now is kept as $aside"
    fi
    mv -f -- "$etc/.agent.yaml.new" "$etc/agent.yaml"
    changed=yes
  fi
}

# --- putting it in place --------------------------------------------------------------------------------------

create_user() {
  [ -z "$root" ] || return 0
  id -u "$user" >/dev/null 2>&1 && return 0
  useradd --system --user-group --home-dir "$state" --no-create-home --shell /usr/sbin/nologin "$user" ||
    fail 1 "The user $user cannot be created." "See the message above."
  say "Created the user $user"
}

create_state() {
  [ -d "$state" ] || (umask 077 && mkdir -p -- "$state")
  chmod 700 "$state"
  [ -n "$root" ] || chown "$user:$user" "$state"
}

# Moves $new to where it stays, and says where in $home. Two builds may bear the same version.
place() {
  home=$version
  if [ -e "$opt/$home" ] && ! same_file "$new/SHA256SUMS" "$opt/$home/SHA256SUMS"; then
    hash=$(sha256sum <"$new/SHA256SUMS")
    home=$version+$(printf '%.8s' "$hash")
  fi
  if same_file "$new/SHA256SUMS" "$opt/$home/SHA256SUMS"; then
    rm -rf -- "$new"
  else
    mv -T -- "$new" "$opt/$home"
    if [ -z "$root" ] && command -v restorecon >/dev/null; then restorecon -R "$opt/$home" || true; fi
  fi
  new=''
}

install_unit() {
  if ! same_file "$opt/$home/$unit" "$units/$unit"; then
    if [ -f "$units/$unit" ]; then cp -p -- "$units/$unit" "$opt/.unit.before"; fi
    cp -- "$opt/$home/$unit" "$units/.$unit.new"
    chmod 644 "$units/.$unit.new"
    mv -f -- "$units/.$unit.new" "$units/$unit"
    changed=yes
  fi
}

# point HOME: one rename, so that there is no moment without a version
point() {
  ln -sfn -- "$1" "$opt/.current.new"
  mv -fT -- "$opt/.current.new" "$opt/current"
}

link_is_ours() { [ "$(readlink -- "$link" 2>/dev/null)" = /opt/hostwright/current/bin/host-agent ]; }

check_link() {
  if [ -e "$link" ] || [ -L "$link" ]; then
    link_is_ours || fail 1 "$link belongs to something else." "Move it away, then try again; nothing has been changed."
  fi
}

switch() {
  if [ "$home" != "$before" ]; then
    point "$home"
    changed=yes
  fi
  if ! link_is_ours; then
    ln -s /opt/hostwright/current/bin/host-agent "$link"
    changed=yes
  fi
}

# --- starting it ----------------------------------------------------------------------------------------------

restarts() { systemctl show --property=NRestarts --value "$unit"; }

# The agent answers once it has read its configuration and opened its state; twice, so that it has not just died.
restart() {
  systemctl restart "$unit" || return 1
  tries=0 answered=0 counted=$(restarts)
  while [ "$tries" -lt 30 ]; do
    if systemctl --quiet is-active "$unit" && "$link" status --state-dir "$state" >/dev/null 2>&1; then
      answered=$((answered + 1))
      [ "$answered" -lt 2 ] || return 0
    else
      answered=0
      # It has ended already, and systemd has begun to try again.
      [ "$(restarts)" = "$counted" ] || return 1
    fi
    sleep 1
    tries=$((tries + 1))
  done
  return 1
}

# Also where systemd does not run: then it only makes a link.
enable_unit() {
  if systemd_runs; then systemctl daemon-reload || return 1; fi
  systemctl --quiet enable "$unit"
}

start() {
  enable_unit || return 1
  if [ "$changed" = no ] && systemctl --quiet is-active "$unit"; then return 0; fi
  restart
}

roll_back() {
  journal=$(journalctl --unit "$unit" --lines 10 --no-pager --output cat 2>/dev/null) || journal='(no journal)'
  printf '%s\n' "$journal" >&2
  if [ -z "$before" ]; then
    fail 1 "host-agent $version is installed, but does not start; its last words are above." \
      "Correct the configuration and install again, or see: journalctl -u host-agent"
  fi
  [ -z "$aside" ] || mv -f -- "$aside" "$etc/agent.yaml"
  if [ -f "$opt/.unit.before" ]; then mv -f -- "$opt/.unit.before" "$units/$unit"; fi
  if [ "$home" != "$before" ]; then
    point "$before"
    rm -rf -- "${opt:?}/$home"
  fi
  systemctl daemon-reload
  if restart; then
    fail 1 "host-agent $version did not start, its last words are above; $before runs again, as before." \
      "See: journalctl -u host-agent"
  fi
  fail 1 "host-agent $version did not start, its last words are above; nor does $before." "See: journalctl -u host-agent"
}

# What is neither the present version nor the one before.
remove_old() {
  for path in "$opt"/*; do
    name=${path##*/}
    case $name in
      current | "$home" | "$before") ;;
      *) rm -rf -- "$path" ;;
    esac
  done
  rm -f -- "$opt/.unit.before"
}

by_hand() {
  if [ -n "$root" ]; then
    say "In the image itself, once:
  useradd --system --user-group --home-dir /var/lib/host-agent --no-create-home --shell /usr/sbin/nologin host-agent
  chgrp host-agent /etc/host-agent/agent.yaml && chown host-agent:host-agent /var/lib/host-agent
  systemctl enable host-agent"
  else
    say "No systemd runs here. To start it by hand:
  setpriv --reuid=host-agent --regid=host-agent --clear-groups --no-new-privs \\
    --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search \\
    host-agent run --config /etc/host-agent/agent.yaml --state-dir /var/lib/host-agent"
  fi
}

# --- the whole ------------------------------------------------------------------------------------------------

new=''
clean_up() {
  [ -z "$new" ] || rm -rf -- "$new" "$new.err"
  rm -f -- "$opt"/.new.*.err
}

lock() {
  [ -d "$opt" ] || return 0
  exec 9>>"$opt/.lock"
  flock -n 9 || fail 1 "Another install.sh is running." "Wait for it to end."
}

install_all() {
  check_host
  check_link
  verify_sum
  mkdir -p -- "$opt"
  lock
  trap clean_up EXIT
  trap 'exit 1' HUP INT TERM
  unpack
  check_config
  # Until here nothing has been changed.
  changed=no
  before=$(readlink -- "$opt/current" 2>/dev/null) || before=''
  create_user
  mkdir -p -- "$etc" "$units" "${link%/*}"
  create_state
  install_config
  place
  install_unit
  switch
  if [ "$starting" = no ]; then
    enable_unit || fail 1 "$unit cannot be enabled." "See the message above."
  elif systemd_runs; then
    start || roll_back
  fi
  remove_old
  if [ "$changed" = no ]; then
    say "host-agent $home is installed already; nothing to do."
  elif [ -z "$before" ] || [ "$before" = "$home" ]; then
    say "host-agent $home is installed."
  else
    say "host-agent $home is installed; before it was $before."
  fi
  if [ "$starting" = no ]; then
    say "It starts with the next boot."
  elif [ "$changed" = yes ]; then
    systemd_runs || by_hand
  fi
}

uninstall_all() {
  lock
  if systemd_runs && [ -f "$units/$unit" ]; then
    systemctl --quiet disable --now "$unit" || fail 1 "$unit cannot be stopped." "See: systemctl status host-agent"
  fi
  rm -f -- "$units/$unit"
  if systemd_runs; then systemctl daemon-reload; fi
  if link_is_ours; then rm -f -- "$link"; fi
  rm -rf -- "$opt"
  if [ "$purge" = yes ]; then
    rm -rf -- "$etc" "$state"
    if [ -z "$root" ] && id -u "$user" >/dev/null 2>&1; then userdel "$user"; fi
    say "host-agent is removed, with its configuration and its state."
  else
    say "host-agent is removed. Kept: $etc and $state (uninstall --purge removes them)."
  fi
}

check_request
opt=$root/opt/hostwright
etc=$root/etc/host-agent
state=$root/var/lib/host-agent
units=$root/etc/systemd/system
link=$root/usr/local/bin/host-agent

case $action in
  install) install_all ;;
  uninstall) uninstall_all ;;
esac
