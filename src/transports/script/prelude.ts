/**
 * The sh functions that every collection script starts with. They run under dash, busybox ash and bash 3.2, as root
 * and as anybody. No single quotes: the whole text travels inside a pair of them.
 *
 * No here-documents (bash before 5.1 writes them to a file), and no argument carries the boundary, since arguments
 * are public in `ps`.
 */
export const prelude = `
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
if timeout 1 true </dev/null >/dev/null 2>&1; then LIMIT="timeout 20"; else LIMIT=; fi

# ask PROBE FUNCTION: one framed answer: the output, then status and standard error
ask() {
  printf "\\n%s < %s %s\\n" "$B" "$1" "$NS"
  { why=$("$2" 2>&1 >&3 3>&- </dev/null); } 3>&1
  printf "\\n%s ! %s\\n%s\\n%s >\\n" "$B" "$?" "$why" "$B"
}
absent() { echo "$*" >&2; exit 210; }
denied() { echo "$*" >&2; exit 211; }
unsupported() { echo "$*" >&2; exit 212; }
# lacking PROGRAM REASON: unsupported, since that program is not installed
lacking() { echo "$*" >&2; exit 213; }

# run COMMAND: with a time limit, so that nothing is left behind when nobody listens any more
run() { $LIMIT "$@"; }

# tool A B: TOOL is the first of these programs that is installed
tool() {
  for TOOL in "$@"; do
    command -v "$TOOL" >/dev/null 2>&1 && return 0
  done
  lacking "$1" "$1 is not installed"
}

# asking nft where nf_tables is not there yet would load it
nf_tables_present() {
  [ -n "$NF_TABLES" ] && { [ "$NF_TABLES" = yes ]; return; }
  [ -d /sys/module/nf_tables ] && return 0
  grep -q "^nf_tables " /proc/modules 2>/dev/null && return 0
  grep -qw nft_do_chain /proc/kallsyms 2>/dev/null
}
`;

/**
 * Functions that only the host's own shell needs: finding its network namespaces. Nothing is started for a single
 * process, since hosts have thousands. Names of programs are anybody's choice: they only ever follow `%s`.
 */
export const namespaceFunctions = `
# add_netns INODE PATH NAME: once each; false where it was known, or is one too many
add_netns() {
  eval "known=\\$known_$1"
  [ -z "$known" ] || return 1
  eval "known_$1=yes"
  if [ "$count" -ge "$CAP" ]; then
    eval "programs_$1=8"
    capped=$((capped + 1))
    return 1
  fi
  eval "programs_$1=0"
  count=$((count + 1))
  printf "netns %s %s %s\\n" "$1" "$2" "$3"
}

# add_program INODE PID: up to eight different names for each namespace
add_program() {
  eval "programs=\\$programs_$1 names=\\$names_$1"
  [ "$programs" -lt 8 ] || return 0
  IFS= read -r name <"/proc/$2/comm" || return 0
  case "$names" in *"/ $name /"*) return 0 ;; esac
  eval "programs_$1=$((programs + 1)) names_$1=\\"\\$names/ \\$name /\\""
  printf "process %s %s %s\\n" "$1" "$2" "$name"
}

# ended PID: a process without a namespace because it is no more, or waits for its parent to notice
ended() {
  IFS= read -r stat <"/proc/$1/stat" || return 0
  case "\${stat##*) }" in [ZX]*) return 0 ;; esac
  return 1
}

# namespace_links: "INODE /run/netns/NAME" and "l... /proc/PID/ns/net -> net:[INODE]", by number of process.
# Without -n, ls would ask a directory service for the names of users.
namespace_links() {
  ls -diL /run/netns/*
  [ -L /var/run ] || ls -diL /var/run/netns/*
  digits="[1-9]"
  while [ "\${#digits}" -le 35 ]; do
    ls -ln /proc/$digits/ns/net
    [ "$?" -lt 126 ] || echo "l /proc/0/ns/net: too many processes"
    digits="$digits[0-9]"
  done
}

# find_namespaces: the lines that the collector "namespaces" reads
find_namespaces() {
  count=0 capped=0 unreadable=0
  own=$(readlink /proc/self/ns/net 2>/dev/null) || unsupported "this kernel does not name network namespaces"
  own=\${own##*net:?} own=\${own%?}
  INIT=$own
  if [ "$SCOPE" = all ]; then
    # where not even this may be read, processes may also be hidden altogether (hidepid)
    if link=$(readlink /proc/1/ns/net 2>/dev/null); then INIT=\${link##*net:?} INIT=\${INIT%?}; else unreadable=1; fi
  fi
  echo "init $INIT"
  echo "own $own"
  if [ "$SCOPE" = all ]; then
    namespace_links 2>/dev/null | list_links 2>/dev/null
  else
    echo "unreadable 0"
    echo "capped 0"
  fi
}

list_links() {
  while IFS= read -r line; do
    line=\${line#"\${line%%[! ]*}"}
    case "$line" in
      *"-> net:["*"]")
        pid=\${line#*/proc/} pid=\${pid%%/*} inode=\${line##*net:?} inode=\${inode%?}
        [ "$inode" = "$INIT" ] && continue
        if add_netns "$inode" "/proc/$pid/ns/net" -; then
          while IFS= read -r group; do printf "cgroup %s %s\\n" "$inode" "$group"; done <"/proc/$pid/cgroup"
        fi
        add_program "$inode" "$pid"
        ;;
      l*)
        pid=\${line#*/proc/} pid=\${pid%%/*}
        [ "$pid" = 1 ] || { [ "$pid" != 0 ] && ended "$pid"; } || unreadable=$((unreadable + 1))
        ;;
      [1-9]*)
        inode=\${line%% *} path=\${line#* }
        # a namespace that is gone leaves a plain file behind, whose inode is a small number
        [ "$inode" -gt 4000000000 ] && [ "$inode" != "$INIT" ] || continue
        case "$path" in
          *" "* | *"\t"*) unreadable=$((unreadable + 1)) ;;
          *) add_netns "$inode" "$path" "\${path##*/}" ;;
        esac
        ;;
    esac
  done
  echo "unreadable $unreadable"
  echo "capped $capped"
}
list_namespaces() { printf "%s\\n" "$NAMESPACES"; return "$FOUND"; }
`;

/** Functions for asking the login shell's own network namespace, and the others. */
export const enteringFunctions = `
ask_here() {
  NS=$1
  eval "$NETNS_PROC$NETNS_INSIDE"
}

# ask_there INODE PATH: what /proc/PID/net answers is asked from here, the rest from inside
ask_there() {
  inner=$NETNS_INSIDE
  pid=\${2#/proc/} pid=\${pid%/ns/net}
  case $pid in
    *[!0-9]*) inner=$NETNS_PROC$NETNS_INSIDE ;;
    *)
      NS=$1 PROC_NET=/proc/$pid/net
      eval "$NETNS_PROC"
      PROC_NET=/proc/net
      # a process that ended has left files that are missing, which says nothing of the namespace
      [ "$(readlink "$2")" = "net:[$1]" ] || { cannot_enter "$1" 1 "its process ended while it was asked"; return; }
      ;;
  esac
  { why=$(printf "%s\\n" "B=$B NS=$1 NF_TABLES=$NF_TABLES PROC_NET=/proc/net" "$LIB" "$inner" |
    run_inside "$2" 2>&1 >&3 3>&-); } 3>&1
  code=$?
  [ "$code" = 0 ] || cannot_enter "$1" "$code" "$why"
}
run_inside() {
  command -v nsenter >/dev/null 2>&1 || lacking nsenter "nsenter is not installed"
  nsenter --net="$1" sh
}
# cannot_enter INODE STATUS REASON
cannot_enter() { printf "\\n%s < namespaces.enter %s\\n\\n%s ! %s\\n%s\\n%s >\\n" "$B" "$1" "$B" "$2" "$3" "$B"; }
`;
