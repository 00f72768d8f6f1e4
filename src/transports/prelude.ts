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

# run COMMAND: with a time limit, so that nothing is left behind when nobody listens any more
run() { $LIMIT "$@"; }

# tool A B: TOOL is the first of these programs that is installed
tool() {
  for TOOL in "$@"; do
    command -v "$TOOL" >/dev/null 2>&1 && return 0
  done
  unsupported "$1 is not installed"
}

# lines_of FILES: path:line
lines_of() {
  failed=0
  for path in "$@"; do
    [ -e "$path" ] || continue
    if [ -r "$path" ]; then
      while IFS= read -r line || [ -n "$line" ]; do printf "%s:%s\\n" "$path" "$line"; done <"$path"
    else
      echo "$path: Permission denied" >&2
      failed=1
    fi
  done
  return $failed
}

# asking nft where nf_tables is not there yet would load it
nf_tables_present() {
  [ -n "$NF_TABLES" ] && { [ "$NF_TABLES" = yes ]; return; }
  [ -d /sys/module/nf_tables ] && return 0
  grep -q "^nf_tables " /proc/modules 2>/dev/null && return 0
  grep -qw nft_do_chain /proc/kallsyms 2>/dev/null
}
`;

/** Functions that only the host's own shell needs: finding its network namespaces. */
export const namespaceFunctions = `
# add_netns INODE PATH NAME: once each
add_netns() {
  case " $INIT $seen" in *" $1 "*) return 1 ;; esac
  seen="$seen$1 "
  count=$((count + 1))
  if [ "$count" -gt "$CAP" ]; then capped=$((capped + 1)); return 1; fi
  echo "netns $*"
}

# find_namespaces: the lines that the collector "namespaces" reads
find_namespaces() {
  seen=" " count=0 capped=0 unreadable=0
  own=$(readlink /proc/self/ns/net) || unsupported "/proc/self/ns/net: this kernel does not name network namespaces"
  INIT=$(readlink /proc/1/ns/net 2>/dev/null) || INIT=$own
  INIT=\${INIT##*net:?} INIT=\${INIT%?}
  own=\${own##*net:?} own=\${own%?}
  echo "init $INIT"
  echo "own $own"
  [ "$SCOPE" = all ] || return 0
  for path in /run/netns/* /var/run/netns/*; do
    inode=$(ls -diL "$path" 2>/dev/null) || continue
    inode=\${inode#\${inode%%[! ]*}} inode=\${inode%% *}
    # a namespace that is gone leaves a plain file with a small inode behind
    [ "$inode" -gt 4000000000 ] && add_netns "$inode" "$path" "\${path##*/}"
  done
  ls -l /proc/[0-9]*/ns/net 2>/dev/null | {
    while IFS= read -r line; do
      pid=\${line#*/proc/} pid=\${pid%%/*} inode=\${line##*net:?} inode=\${inode%?}
      case "$line" in
        *"-> net:"*) ;;
        *) unreadable=$((unreadable + 1)); continue ;;
      esac
      [ "$inode" = "$INIT" ] && continue
      if add_netns "$inode" "/proc/$pid/ns/net" -; then
        while IFS= read -r group; do echo "cgroup $inode $group"; done <"/proc/$pid/cgroup"
      fi
      IFS= read -r name <"/proc/$pid/comm" && echo "process $inode $pid $name"
    done 2>/dev/null
    echo "unreadable $unreadable"
    echo "capped $capped"
  }
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
  command -v nsenter >/dev/null 2>&1 || unsupported "nsenter is not installed"
  nsenter --net="$1" sh
}
# cannot_enter INODE STATUS REASON
cannot_enter() { printf "\\n%s < namespaces.enter %s\\n\\n%s ! %s\\n%s\\n%s >\\n" "$B" "$1" "$B" "$2" "$3" "$B"; }
`;
