import { inKernel } from './in-kernel.ts';
import { plainFiles } from './plain-files.ts';
import { presence } from './presence.ts';
import { togetherFunctions } from './together.ts';
import { trustedFiles } from './trusted-files.ts';

/**
 * The sh functions that every collection script starts with. They run under dash, busybox ash and bash 3.2, as root
 * and as anybody. No single quotes: the whole text travels inside a pair of them.
 *
 * No here-documents (bash before 5.1 writes them to a file), and no argument carries the boundary, since arguments
 * are public in `ps`.
 */
const asking = `
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077

# begin_asking: this shell is the one that asks now; the watchdog tells it when a time limit has passed
begin_asking() {
  while read -r word pid rest; do [ "$word" != Pid: ] || break; done </proc/self/status
  ASKERS="$ASKERS $pid"
  trap "CUT=124" USR1
  trap "CUT=124 LATE=yes" USR2
  trap "ENTERED=yes" URG
}
# timed: what comes next has a time limit of its own; CUT is the status of what is killed meanwhile
timed() { CUT=137; echo "ask$ASKERS" >&8; }

# ask PROBE FUNCTION: one framed answer: the output, then status and standard error
ask() {
  printf "\\n%s < %s %s\\n" "$B" "$1" "$NS"
  [ -z "$LATE" ] || { printf "\\n%s x 214\\n" "$B"; return; }
  timed
  { answer "$2" | finish_frame 3>&-; } 3>&1 || printf "\\n%s x %s\\n" "$B" "$CUT"
}
# answer COMMAND: its status is the last line of its standard error
answer() {
  exec 2>&1 >&3 3>&- </dev/null
  trap report_status EXIT
  "$@"
}
report_status() { printf "\\n%s %s\\n" "$B" "$?" >&2; }
# read_stderr: to its end, of which 2000 bytes are kept
read_stderr() {
  why= status=137
  while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in
      "$B "*) status=\${line#"$B "} ;;
      *) [ "\${#why}" -ge 2000 ] || why="$why$line
" ;;
    esac
  done
}
finish_frame() { read_stderr; printf "\\n%s ! %s\\n%.2000s\\n%s >\\n" "$B" "$status" "$why" "$B"; }
absent() { echo "$*" >&2; exit 210; }
denied() { echo "$*" >&2; exit 211; }
unsupported() { echo "$*" >&2; exit 212; }
# lacking PROGRAM REASON: unsupported, since that program is not installed
lacking() { echo "$*" >&2; exit 213; }

# still_there INODE: that we are in this namespace; nothing is asked of one that we can not be wrong about
still_there() {
  [ -z "$1" ] || [ "$(readlink /proc/self/ns/net 2>/dev/null)" = "net:[$1]" ] || {
    echo "its process ended while it was asked" >&2
    exit 1
  }
}

# tool A B: TOOL is the first of these programs that is installed
tool() { has_program "$@" || lacking "$1" "$1 is not installed"; }
has_program() {
  for TOOL in "$@"; do
    command -v "$TOOL" >/dev/null 2>&1 && return 0
  done
  return 1
}
`;

/** The functions for questions, inside of a namespace too; and those for questions about the host alone. */
export const insidePrelude = `${asking}${presence}${togetherFunctions}${inKernel}`;
export const hostPrelude = `${trustedFiles}${plainFiles}`;

/**
 * Functions that only the host's own shell needs: finding its network namespaces. Nothing is started for a single
 * process, since hosts have thousands. Names of programs are anybody's choice: they only ever follow `%s`.
 */
export const namespaceFunctions = `
# about_machine "NODE RELEASE MACHINE", by uname; where the name has blanks, each is asked for where it is needed
about_machine() {
  case $1 in
    *" "*" "*" "*) ;;
    *" "*" "*) NODE=\${1%% *} MACHINE=\${1##* } RELEASE=\${1#* } RELEASE=\${RELEASE%% *} ;;
  esac
}

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

# ended PID: a process without a namespace because it is no more, waits for its parent to notice, or is on its way there:
# it leaves its namespaces before its state says so, and PF_EXITING (4) is set before (Linux 6.12, kernel/exit.c: do_exit)
ended() {
  IFS= read -r stat <"/proc/$1/stat" || return 0
  set -- \${stat##*) }
  case "$1" in [ZX]) return 0 ;; esac
  # of the ninth field the last digits alone: it has 32 bits, and arithmetic of some shells a sign in these
  set -- "000$7"
  [ $((1\${1#"\${1%???}"} / 4 % 2)) = 1 ]
}

# plain_name NAME: printable, without blanks, and leading nowhere else; others are told and not asked
plain_name() {
  case "$1" in "" | *[!!-~]* | */* | *..*) return 1 ;; esac
}
# is_number TEXT: nothing else may become a part of what eval is given
is_number() {
  case "$1" in "" | *[!0-9]*) return 1 ;; esac
}
# is_inode NUMBER: of a namespace: from 4026531836 up, 32 bits. A file that a namespace left behind has a small one. Not
# by arithmetic, which has 32 bits and a sign in some shells.
is_inode() {
  case "$1" in *[!0-9]*) return 1 ;; 4?????????) return 0 ;; esac
  return 1
}

# named_links FOLDER: "INODE FOLDER/NAME" of each plain name, and how many others there are
named_links() {
  set -- "$1" "$1"/* "$1"/.[!.]* "$1"/..?*
  folder=$1 odd=0
  shift
  for path in "$@"; do
    shift
    if [ ! -f "$path" ]; then
      continue
    elif plain_name "\${path#"$folder"/}"; then
      set -- "$@" "$path"
    else
      odd=$((odd + 1)) shown=\${path#"$folder"/}
    fi
  done
  [ "$#" = 0 ] || ls -diL "$@"
  [ "$odd" = 0 ] || printf "unseen: %s names in %s have blanks, dots or what can not be printed, and are not asked: %s\\n" \\
    "$odd" "$folder" "$(printf "%s" "$shown" | tr -c "!-~" "?")"
}

# namespace_links: "INODE /run/netns/NAME" and "l... /proc/PID/ns/net -> net:[INODE]", by number of process.
# Without -n, ls would ask a directory service for the names of users.
namespace_links() {
  named_links /run/netns
  [ -L /var/run ] || named_links /var/run/netns
  # all at once, without those that are where the first process is; the first of all shows that it works
  links=$(ls -lnv /proc/[1-9]*/ns/net | sed -e 1b -e "/net:\\[$INIT\\]$/d")
  if [ -n "$links" ]; then printf "%s\\n" "$links" && return; fi
  digits="[1-9]"
  while [ "\${#digits}" -le 35 ]; do
    ls -ln /proc/$digits/ns/net
    [ "$?" -lt 126 ] || echo "l /proc/0/ns/net: too many processes"
    digits="$digits[0-9]"
  done
}

# inode_of LINK: sets $inode to what $links say of it
inode_of() {
  case "$links" in *" $1 -> net:["*"]"*) ;; *) return 1 ;; esac
  inode=\${links##*" $1 -> net:["} inode=\${inode%%]*}
}

# find_namespaces: the lines that the collector "namespaces" reads
find_namespaces() {
  count=0 capped=0 unreadable=0
  links=$(ls -ln /proc/self/ns/net /proc/1/ns/net 2>/dev/null)
  inode_of /proc/self/ns/net || unsupported "this kernel does not name network namespaces"
  own=$inode INIT=$inode
  # where not even this may be read, processes may also be hidden altogether (hidepid)
  if [ "$SCOPE" = all ]; then if inode_of /proc/1/ns/net; then INIT=$inode; else unreadable=1; fi; fi
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
      "unseen: "*) printf "%s\\n" "$line" ;;
      *"-> net:["*"]")
        pid=\${line#*/proc/} pid=\${pid%%/*} inode=\${line##*net:?} inode=\${inode%?}
        is_number "$pid" && is_inode "$inode" || { unreadable=$((unreadable + 1)) && continue; }
        [ "$inode" = "$INIT" ] && continue
        if add_netns "$inode" "/proc/$pid/ns/net" -; then
          while IFS= read -r group; do printf "cgroup %s %s\\n" "$inode" "$group"; done <"/proc/$pid/cgroup"
        fi
        add_program "$inode" "$pid"
        ;;
      l*)
        pid=\${line#*/proc/} pid=\${pid%%/*}
        is_number "$pid" && { [ "$pid" = 1 ] || { [ "$pid" != 0 ] && ended "$pid"; }; } || unreadable=$((unreadable + 1))
        ;;
      [1-9]*)
        inode=\${line%% *} path=\${line#* }
        is_inode "$inode" && [ "$inode" != "$INIT" ] || continue
        add_netns "$inode" "$path" "\${path##*/}"
        ;;
    esac
  done
  echo "unreadable $unreadable"
  echo "capped $capped"
}
list_namespaces() { printf "%s\\n" "$NAMESPACES"; return "$FOUND"; }
`;
