/** As ID in /etc/os-release has them. */
export type Distribution = "debian" | "ubuntu" | "amzn";

/** One thing that an image must not have of the machine that it was made on. */
export interface HygieneItem {
  readonly name: string;
  readonly what: string;
  readonly why: string;
  /** Where it is done; everywhere when nothing is said. */
  readonly on?: readonly Distribution[];
  /** Takes it away. POSIX shell, as the body of a function; {@link LIBRARY} is there. */
  readonly clean: readonly string[];
  /** Prints a line for each thing that should be gone, and nothing when all is well. */
  readonly assert: readonly string[];
  /** The same on a new host: what it prints there, or that it is the same assertion. */
  readonly fresh?: "same" | readonly string[];
  /** Prints what no two hosts may share, a line for each: the new host must have others than the builder. */
  readonly identity?: readonly string[];
  /** Roots that break it. The tests make each of them. */
  readonly examples: {
    /** Shell that makes what `clean` takes away and `assert` finds. */
    readonly dirt: readonly string[];
    /** Shell that makes what `fresh` alone finds. */
    readonly stale?: readonly string[];
    /** Shell that makes what `identity` prints, anew each time. */
    readonly identity?: readonly string[];
  };
}

/** What the commands of items may use. */
export const LIBRARY = `# shellcheck source=/dev/null disable=SC2034
distribution=$(. /etc/os-release && printf '%s' "$ID")

# All directories in which a user may have something.
homes() {
  { cut -d: -f6 /etc/passwd; printf '%s\\n' /root /home/*; } | sort -u | while read -r home; do
    [ -d "$home" ] || continue
    if [ "$home" = / ]; then echo /; else printf '%s\\n' "\${home%/}"; fi
  done
}

# sshd_setting NAME: the first value counts, and what is for some users only does not.
sshd_setting() {
  set -- "$1" /etc/ssh/sshd_config
  if grep -qi '^[[:space:]]*include[[:space:]].*sshd_config\\.d' /etc/ssh/sshd_config; then
    set -- "$1" /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config
  fi
  sshd_name=$1
  shift
  for sshd_file in "$@"; do
    [ ! -f "$sshd_file" ] || sed '/^[[:space:]]*match[[:space:]]/I,$d' "$sshd_file"
  done | sed -n "s/^[[:space:]]*\${sshd_name}[[:space:]=]*\\([a-z-]*\\).*/\\1/Ip" | head -n 1
}

# rewrite FILE TEXT: in place, since a file may be mounted, and only where it is another text.
rewrite() { [ "$(cat -- "$1")" = "$2" ] || printf '%s\\n' "$2" >"$1"; }

# hosts_line_of NAME LINE: whether a line of /etc/hosts names this host.
hosts_line_of() {
  case " $(printf '%s' "$2" | tr '\\t' ' ') " in
    *" $1 "* | *" $1."*) return 0 ;;
  esac
  return 1
}

# is_swap_file_line LINE: whether a line of /etc/fstab is that of a swap file.
is_swap_file_line() {
  printf '%s\\n' "$1" | {
    read -r path _ type _
    case "$type $path" in
      'swap /dev/'*) return 1 ;;
      'swap /'*) return 0 ;;
    esac
    return 1
  }
}

# Swap files that are there: in use, in the table of file systems, or where they usually are.
swap_files() {
  {
    printf '%s\\n' /swapfile /swap.img
    if [ -f /etc/fstab ]; then
      while read -r line; do
        if is_swap_file_line "$line"; then printf '%s\\n' "\${line%%[[:space:]]*}"; fi
      done </etc/fstab
    fi
    while read -r path type _; do [ "$type" != file ] || printf '%s\\n' "$path"; done </proc/swaps
  } | sort -u | while read -r path; do [ ! -f "$path" ] || printf '%s\\n' "$path"; done
}

# is_installed NAME: also when nothing but its configuration is left.
is_installed() {
  if command -v dpkg-query >/dev/null; then
    dpkg-query -W -f '\${db:Status-Status}\\n' -- "$1" 2>/dev/null | grep -qv '^not-installed$'
  else
    rpm -q -- "$1" >/dev/null
  fi
}

has_sshd() { [ -x /usr/sbin/sshd ] && [ -f /etc/ssh/sshd_config ]; }`;
