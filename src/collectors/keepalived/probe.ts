import { secrets } from './secrets.ts';

// A file in a container is the container's choice, and may be a link to one of the host's: what does not look like
// keepalived's is not shown. Functions keep what they need in $1 to $4, since sh has no other variables of their own.
export const ask = `show() {
  case "$seen" in *"
$1
"*) return 0 ;; esac
  seen="$seen
$1
"
  count=$((count + 1))
  if [ "$count" -gt 200 ] || [ "$2" -gt 10 ]; then echo capped; return 0; fi
  [ -f "$1" ] || return 0
  content=$(head -c 262144 <"$1" 2>/dev/null) || { printf "denied %s\\n" "$1"; return 0; }
  if [ -n "$3" ]; then
    printf "%s\\n" "$content" | grep -Eq "^[[:blank:]]*(global_defs|vrrp_instance|virtual_server|virtual_server_group|real_server|vrrp_script)( |$)" || {
      printf "denied %s\\n" "$1"
      return 0
    }
  fi
  printf "file %s\\n" "$1"
  printf "%s\\n" "$content" | sed -e "s/^/ /" ${secrets.map((one) => `-e "${one}"`).join(' \\\n    ')} -e "s/^ /|/"
  set -f
  for pattern in $(printf "%s\\n" "$content" | sed -n "s/^[[:blank:]]*include[rmwba]\\{0,1\\}[[:blank:]]\\{1,\\}\\"\\{0,1\\}\\([^[:blank:]\\"]*\\).*/\\1/p"); do
    follow "$1" "$2" "$3" "$pattern"
    set -f
  done
  set +f
}
follow() {
  case "$4" in *["{}\\$"]*) return 0 ;; esac
  printf "include %s\\n" "$1	$4"
  case "$4" in /*) base=$3 ;; *) base=\${1%/*}/ ;; esac
  set +f
  for path in $base$4; do
    [ -f "$path" ] || continue
    printf "include %s\\n" "$1	$4	$path"
    show "$path" $(($2 + 1)) "$3"
  done
}
arguments_of() {
  conf=/etc/keepalived/keepalived.conf id= want=
  set -f
  for word in $(tr "\\000 " "\\n?" <"/proc/$1/cmdline"); do
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
running() {
  mounts=$(readlink "/proc/$1/ns/mnt" 2>/dev/null) && network=$(readlink "/proc/$1/ns/net" 2>/dev/null) || {
    printf "denied /proc/%s/ns\\n" "$1"
    return 0
  }
  arguments_of "$1"
  case "$known" in *" $mounts$network$conf "*) return 0 ;; esac
  known="$known $mounts$network$conf "
  network=\${network##*net:?}
  if [ "$mounts" = "$(readlink /proc/self/ns/mnt)" ]; then root=; else root=/proc/$1/root; fi
  [ -n "$id" ] || [ -n "$root" ] || id=$own
  printf "running %s %s %s\\n" "\${network%?}" "\${id:--}" "$root$conf"
  show "$root$conf" 0 "$root"
}
own=$(uname -n) own=\${own%%.*} seen= known= count=0 some=
[ -r /proc/1/comm ] || echo hidden
for comm in $(for digit in 0 1 2 3 4 5 6 7 8 9; do grep -lsx "keepalived" /proc/[1-9]*$digit/comm /proc/$digit/comm; done); do
  pid=\${comm#/proc/}
  some=yes
  running "\${pid%/comm}"
done
conf=/etc/keepalived/keepalived.conf
if [ -z "$some" ]; then
  [ -e "$conf" ] || absent "keepalived is not here"
  printf "idle %s %s\\n" "$own" "$conf"
  show "$conf" 0 ""
fi`;
