/**
 * The sh functions by which several questions are answered by one program: files, which `tail` names and prints one
 * after the other (it asks the kernel for little at a time: for a setting of two bytes grep has 96 KiB cleared). Where
 * that fails or takes too long, each is asked alone. What is not there is told without a program.
 */
export const togetherFunctions = `
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
# part_of PROBE FUNCTION REASON NEEDED KIND FOLDER LISTING: the same of all that the function LISTING adds to $paths
part_of() {
  if [ ! -e "$4" ] && lacks "$4"; then tell "$1" 210 "$3" && return; fi
  PARTS="$PARTS $5 $1 $6" LISTINGS="$LISTINGS $7" ALONE="$ALONE $1 $2"
}
ask_parts() {
  [ -z "$PARTS" ] || together parts read_parts || {
    set -- $ALONE
    while [ "$#" != 0 ]; do
      ask "$1" "$2"
      shift 2
    done
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

# read_parts: which answer has which files, then those
read_parts() {
  set -f
  printf "%s %s %s\\n" $PARTS
  echo
  paths=$FILES
  for listing in $LISTINGS; do "$listing"; done
  read_paths
}
# read_paths: what tail complains of stands behind an empty file at the end; where that is no setting, the whole fails.
# One tail ends at a file that can be opened and not read: then the others are read by the next one.
read_paths() {
  while [ -n "$paths" ]; do
    { complaints=$(set -f; tail -n +1 $paths /dev/null 2>&1 >&3 3>&-); code=$?; } 3>&1
    case "$complaints" in *"/proc/"* | *"/etc/"* | *"/sys/"* | *"/usr/"* | *"read error:"*) code=2 ;; esac
    [ "$code" -le 1 ] || { printf "%s\\n" "$complaints" >&2; exit 1; }
    case "$complaints" in
      *"error reading "*)
        bad=\${complaints##*error reading ?} bad=\${bad%%?: *} left=" $paths "
        paths=\${left#*" $bad "}
        [ "$paths" != "$left" ] || exit 1
        printf "==> /dev/null <==\\n"
        ;;
      *) paths= ;;
    esac
    [ -z "$complaints" ] || printf "%s\\n" "$complaints"
  done
}
`;
