import { WITHHELD } from '../../yaml-scalar.ts';
import { secrets } from './secrets.ts';
import { hiding, SPEAKING } from './syntax.ts';

const parts = [...hiding, ...secrets].map((one) => `-e "${one}"`).join(' \\\n    ');

// Whoever starts a program that is called keepalived says what its file is: so only root's own are followed, and only
// files by the rule of trusted_text. What does not look like keepalived's is not shown, even then. Descriptor 4 is the
// process, whichever gets its number next; a shell may keep it from its programs, which get it as standard input.
// Functions keep what they need in $1 to $4, since sh has no other variables of their own.
export const ask = `show() {
  case "$seen" in *"
$1
"*) return 0 ;; esac
  seen="$seen
$1
"
  count=$((count + 1))
  if [ "$count" -gt 200 ] || [ "$2" -gt 10 ]; then echo capped; return 0; fi
  content=$(trusted_text "\${3:+/proc/self/fd/4/root}" "\${1#"$3"}")
  case $? in
    0) ;;
    210) return 0 ;;
    *) printf "unread %s\\n" "$1	$content"; return 0 ;;
  esac
  shown=$(printf "%s\\n" "$content" | sed -e "s/^/ /" ${parts} -e "s/^ /|/")
  case "$shown" in
    *"${WITHHELD}"*)
      printf "%s\\n" "$shown" | grep -q "${SPEAKING}" || {
        printf "unread %s\\n" "$1	no line of it looks like those of keepalived"
        return 0
      }
      ;;
  esac
  printf "file %s\\n%s\\n" "$1" "$shown"
  set -f
  for pattern in $(printf "%s\\n" "$content" | sed -n "s/^[[:blank:]]*include[rmwba]\\{0,1\\}[[:blank:]]\\{1,\\}\\"\\{0,1\\}\\([^[:blank:]\\"]*\\).*/\\1/p"); do
    follow "$1" "$2" "$3" "$pattern"
  done
  set +f
}
follow() {
  case "$4" in *["{}\\$"]*) return 0 ;; esac
  printf "include %s\\n" "$1	$4"
  case "$4" in /*) base= ;; *) base=\${1#"$3"} base=\${base%/*}/ ;; esac
  found=$(trusted_matches "\${3:+/proc/self/fd/4/root}" "$base$4")
  case $? in
    0) ;;
    210) return 0 ;;
    *) printf "unread %s\\n" "$1: include $4	$found"; return 0 ;;
  esac
  for path in $found; do
    printf "include %s\\n" "$1	$4	$3$path"
    show "$3$path" $(($2 + 1)) "$3"
    set -f
  done
}
arguments_of() {
  conf=/etc/keepalived/keepalived.conf id= want=
  set -f
  for word in $(head -c 65536 <"/proc/self/fd/4/cmdline" | tr "\\000 " "\\n?" | tr -d "\\001-\\011\\013-\\037\\177"); do
    case "$want" in
      conf) conf=$word ;;
      id) id=$word ;;
    esac
    case "$word" in
      -f | --use-file | -[!-]*f) want=conf ;;
      -i | --config-id) want=id ;;
      *) want= ;;
    esac
    case "$word" in
      --use-file=*) conf=\${word#*=} ;;
      --config-id=*) id=\${word#*=} ;;
    esac
  done
  set +f
}
user_of() {
  while read -r word real effective saved rest; do
    case "$word $real" in
      "State: "[ZX]) ended=yes && return ;;
      "Uid: "*) break ;;
    esac
  done <"/proc/self/fd/4/status"
  for user in "$effective" "$saved" "$real"; do [ "$user" = 0 ] || return 0; done
}
distrust_program() {
  program=$(readlink /proc/self/fd/0/exe <&4 2>/dev/null)
  case "\${program% (deleted)}" in
    /keepalived | /*/keepalived) ;;
    *) distrust "its program is \${program:-not known}, not keepalived" ;;
  esac
  set -- $(stat -L -c "%u %a" /proc/self/fd/0/exe <&4 2>/dev/null)
  case "$1 $2" in
    "0 "[0-7][0145][0145]) ;;
    *) distrust "$program is not a plain program of root, that root alone may write to" ;;
  esac
  # what it is called in a container its root does not say
  [ -n "$root" ] || reach "" "\${program%/*}/."
}
running() {
  user= ended=
  user_of 2>/dev/null
  [ -z "$ended" ] || return 0
  if [ "$user" != 0 ]; then
    foreign=$((foreign + 1)) whose="process $1 as user \${user:-that is not known}"
    return 0
  fi
  mounts=$(readlink /proc/self/fd/0/ns/mnt <&4 2>/dev/null) && network=$(readlink /proc/self/fd/0/ns/net <&4 2>/dev/null) || {
    printf "denied /proc/%s/ns\\n" "$1"
    return 0
  }
  shown_root= root=
  [ "$mounts" = "$(readlink /proc/self/ns/mnt)" ] || shown_root=/proc/$1/root root=/proc/self/fd/4/root
  some=yes
  why=$(distrust_program) || { printf "unread /proc/%s\\n" "$1	\${why:-its program is not there any more}"; return 0; }
  arguments_of
  case "$known" in *" $mounts$network$conf "*) return 0 ;; esac
  known="$known $mounts$network$conf "
  network=\${network##*net:?}
  [ -n "$id" ] || [ -n "$root" ] || id=$own
  case "$conf" in
    /*) ;;
    *) printf "unread /proc/%s\\n" "$1	where its file $conf is can not be told"; return 0 ;;
  esac
  printf "running %s %s %s\\n" "\${network%?}" "\${id:--}" "$shown_root$conf"
  show "$shown_root$conf" 0 "$shown_root"
}
own=\${NODE:-$(uname -n)} own=\${own%%.*} seen= known= count=0 some= foreign=0
[ -r /proc/1/comm ] || echo hidden
comms=$(grep -lsx "keepalived" /proc/[1-9]*/comm)
# too many for one program
[ "$?" -lt 126 ] || comms=$(for digit in 0 1 2 3 4 5 6 7 8 9; do grep -lsx "keepalived" /proc/[1-9]*$digit/comm /proc/$digit/comm; done)
for comm in $comms; do
  pid=\${comm#/proc/} pid=\${pid%/comm}
  { running "$pid" 4<"/proc/$pid"; } 2>/dev/null
done
[ "$foreign" = 0 ] || printf "foreign %s\\n" "$foreign	$whose"
conf=/etc/keepalived/keepalived.conf
if [ -z "$some" ]; then
  [ "$foreign" != 0 ] || need "$conf" "keepalived is not here"
  there "$conf"
  [ "$?" = 1 ] || { printf "idle %s %s\\n" "$own" "$conf" && show "$conf" 0 ""; }
fi`;
