/**
 * The sh functions by which several questions are answered by one program: files by `grep`, which names each line's;
 * folders by one that can leave names out; what ip knows by one ip for each family. Where that fails or takes too long,
 * each is asked alone. What is not there is told without a program.
 */
export const togetherFunctions = `
TCP_OF= PARTS= FILES= LISTINGS= ALONE= IP_PARTS= IP_ALONE= IP_ANY= IP_6=
# tell PROBE STATUS REASON: a frame of what is known already
tell() { printf "\\n%s < %s %s\\n\\n%s ! %s\\n%s\\n%s >\\n" "$B" "$1" "$NS" "$B" "$2" "$3" "$B"; }
# say PROBE TEXT: the same of an answer
say() { printf "\\n%s < %s %s\\n%s\\n\\n%s ! 0\\n\\n%s >\\n" "$B" "$1" "$NS" "$2" "$B" "$B"; }
# needs PROBE FUNCTION PATH REASON: asks it where PATH is there, or where that can not be told
needs() {
  if [ ! -e "$3" ] && lacks "$3"; then tell "$1" 210 "$4"; else ask "$1" "$2"; fi
}

# part PROBE FUNCTION REASON PATH...: the first of these files that is there is to be read together with others
part() {
  PROBE=$1 FUNCTION=$2 REASON=$3
  shift 3
  for path in "$@"; do
    if [ -r "$path" ] && [ -f "$path" ]; then
      PARTS="$PARTS text $PROBE $path" FILES="$FILES $path" ALONE="$ALONE $PROBE $FUNCTION"
      return
    fi
    lacks "$path" || { ask "$PROBE" "$FUNCTION"; return; }
  done
  tell "$PROBE" 210 "$REASON"
}
# part_of PROBE FUNCTION REASON NEEDED KIND FOLDER LISTING: the same of all that the function LISTING adds to $words
part_of() {
  if [ ! -e "$4" ] && lacks "$4"; then
    tell "$1" 210 "$3"
  elif [ ! -e "$4" ] || [ "$5$GREP" = belowplain ]; then
    ask "$1" "$2"
  else
    PARTS="$PARTS $5 $1 $6" LISTINGS="$LISTINGS $7" ALONE="$ALONE $1 $2"
  fi
}
# ask_alone PROBE FUNCTION...: each of these
ask_alone() {
  while [ "$#" != 0 ]; do
    ask "$1" "$2"
    shift 2
  done
}
ask_parts() {
  [ -z "$PARTS" ] || together parts read_parts || {
    GREP=plain
    ask_alone $ALONE
  }
  PARTS= FILES= LISTINGS= ALONE=
}
# together NAME FUNCTION: a frame with the answers of several; false where it has none
together() {
  printf "\\n%s < together.%s %s\\n" "$B" "$1" "$NS"
  [ -z "$LATE" ] || { printf "\\n%s x 214\\n" "$B"; return 1; }
  timed
  { answer "$2" | finish_together 3>&-; } 3>&1
  case $? in
    0) return 0 ;;
    9) ;;
    *) printf "\\n%s x %s\\n" "$B" "$CUT" ;;
  esac
  return 1
}
finish_together() { finish_frame; [ "$status" = 0 ] || exit 9; }

# read_parts: which answer has which files, then those, then what grep complains of; where that is no setting, all fails
read_parts() {
  set -f
  printf "%s %s %s\\n" $PARTS
  echo
  words=
  for listing in $LISTINGS; do "$listing"; done
  { complaints=$(grep -aH -e "" $words $FILES /dev/null 2>&1 >&3 3>&-); code=$?; } 3>&1
  case "$complaints" in *"/proc/"* | *"/etc/"* | *"/sys/"* | *"/usr/"* | *" option"*) code=3 ;; esac
  [ "$code" -le 2 ] || { printf "%s\\n" "$complaints" >&2; exit 1; }
  [ -z "$complaints" ] || printf "\\n%s\\n" "$complaints"
}

# by_ip PROBE FUNCTION KIND FAMILY COMMAND: what ip is to be told together with others, of one FAMILY (any, -6), in
# the order of COMMANDS: each is told by its lines, and by those before them
by_ip() {
  IP_PARTS="$IP_PARTS $3 $1 /ip/$4" IP_ALONE="$IP_ALONE $1 $2"
  case $4 in
    any) IP_ANY="$IP_ANY$5
" ;;
    -6) IP_6="$IP_6$5
" ;;
  esac
}
ask_ip() {
  { [ "$BATCH" = yes ] && together ip read_ip; } || {
    BATCH=no
    ask_alone $IP_ALONE
  }
  IP_PARTS= IP_ALONE= IP_ANY= IP_6=
}
# read_ip: cookies of TCP Fast Open are secrets, and not ours to show
read_ip() {
  printf "%s %s %s\\n" $IP_PARTS
  echo
  if [ -n "$IP_ANY" ]; then
    text=$(printf "%s" "$IP_ANY" | ip -batch -) || exit
    printf "==> /ip/any <==\\n"
    case "$text" in
      *" fo_cookie "*) printf "%s\\n" "$text" | sed "s/ fo_cookie [0-9a-f]*//" ;;
      *) printf "%s\\n" "$text" ;;
    esac
  fi
  [ -n "$IP_6" ] || return 0
  printf "\\n==> /ip/-6 <==\\n"
  printf "%s" "$IP_6" | ip -6 -batch -
}

# no_tcp: no TCP socket is in this namespace, as the kernel counts them; each processor counts its own, so twice
no_tcp() {
  [ "$TCP_OF" = "$NS" ] || {
    TCP_OF=$NS TCP=some
    counts_none sockstat TCP: && counts_none sockstat6 TCP6: && counts_none sockstat TCP: && counts_none sockstat6 TCP6: && TCP=none
  }
  [ "$TCP" = none ]
}
counts_none() {
  while IFS=" " read -r name word number rest; do
    [ "$name" != "$2" ] || { [ "$word $number" = "inuse 0" ]; return; }
  done 2>/dev/null <"$PROC_NET/$1"
  return 1
}
`;
