/** Functions for asking the login shell's own network namespace, and the others. */
export const enteringFunctions = `
ask_here() {
  NS=$1
  eval "$NETNS"
}

# ask_there INODE PATH: from inside; where it can not be entered, through /proc/PID/net what that tells
ask_there() {
  [ -z "$LATE" ] || { cannot_enter "$1" 214; return; }
  ENTERED=
  timed
  { answer run_inside "$1" "$2" | finish_entering "$1" 3>&- 8>&-; } 3>&1 || cannot_enter "$1" "$CUT"
  [ -n "$ENTERED" ] || ask_from_outside "$1" "$2"
}
run_inside() {
  command -v nsenter >/dev/null 2>&1 || lacking nsenter "nsenter is not installed"
  outer=\${ASKERS##* } whose=
  # a process may end, and another get its number
  case $2 in /proc/*) whose=$1 && [ -e "$2" ] || still_there no ;; esac
  begin_asking
  printf "%s\\n" "$WHOLE" "B=$B NS=$1 MACHINE=$MACHINE BATCH=$BATCH GREP=$GREP PROC_NET=/proc/net LATE=" \\
    "KERNEL=\\"$KERNEL\\" ASKERS=\\"$ASKERS\\"" \\
    "$INSIDE" "still_there $whose && kill -URG $outer || exit 1" begin_asking "$NETNS" |
    nsenter --net="$2" sh
}
# finish_entering INODE: it outlives the questions that are ended meanwhile (8 is not open), and ends with who writes to
# it; false where that was ended
finish_entering() {
  read_stderr
  case $status in 0) ;; 137) exit 1 ;; *) cannot_enter "$1" "$status" "$why" ;; esac
}
# cannot_enter INODE STATUS REASON; a question may have been left in its middle
cannot_enter() {
  printf "\\n%s x %s\\n\\n%s < namespaces.enter %s\\n" "$B" "$2" "$B" "$1"
  printf "\\n%s ! %s\\n%.2000s\\n%s >\\n" "$B" "$2" "$3" "$B"
}
# ask_from_outside INODE PATH. A process that ended has left files that are missing, which says nothing of the namespace
ask_from_outside() {
  pid=\${2#/proc/} pid=\${pid%/ns/net}
  case $pid in *[!0-9]*) return ;; esac
  [ -z "$LATE" ] && [ "$(readlink "$2")" = "net:[$1]" ] || return
  NS=$1 PROC_NET=/proc/$pid/net
  eval "$NETNS_PROC"
  PROC_NET=/proc/net
}
`;
