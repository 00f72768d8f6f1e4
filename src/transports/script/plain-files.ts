import { FILE_SYSTEMS, LARGEST } from './trusted-files.ts';

/**
 * The sh function that looks at many of the host's own files at once, by the rule of `trusted_text`: where root alone
 * may change each folder from the root down, nobody else can put something in the place of what was looked at, and the
 * files need not be opened one by one.
 */
export const plainFiles = `
# look_at_files FOLDERS FILES: looks once at all that several are going to read: LOOKED, of which PLAIN are plain. Where
# that can not be told of all, each looks at its own. Who could change what was seen is root alone.
look_at_files() {
  [ -z "$LATE" ] || return
  for folder in $1; do
    case $folder in /lib/*) [ ! -L /lib ] || continue ;; esac
    for path in "$folder"/*.conf; do
      case $path in *[!!-~]*) ;; *) set -- "$1" "$2 $path" ;; esac
    done
  done
  candidates=$2
  set --
  for path in $candidates; do [ ! -e "$path" ] || set -- "$@" "$path"; done
  timed
  PLAIN=$(plain_files "$@" && printf "%s " "$plain")
  if [ "$CUT" = 137 ] && [ "$PLAIN" != " " ]; then LOOKED=" $* "; fi
}
# looked_at PATH...: the same of these, where all of them are among those
looked_at() {
  plain= others=
  for path in "$@"; do
    case $LOOKED in *" $path "*) ;; *) return 1 ;; esac
    case $PLAIN in *" $path "*) plain="$plain $path" ;; *) others="$others $path" ;; esac
  done
}
# plain_files PATH...: of files that are there, sets $plain to those that trusted_text would read where they stand, or
# behind one link, and $others to the rest
plain_files() {
  looked_at "$@" && return
  plain= others= folders= targets= safe=" " good=" " holding=" "
  for path in "$@"; do
    target=$path
    if [ -L "$path" ]; then
      link=$(readlink "$path") folder=\${path%/*}
      case $link in
        /*) target=$link ;;
        ../*) target=\${folder%/*}/\${link#../} ;;
        *) target=$folder/$link ;;
      esac
      case $target in *[!!-~]* | */./* | */../* | *//*) target=/ ;; esac
    fi
    targets="$targets$target "
    for folder in "\${path%/*}" "\${target%/*}"; do
      while :; do
        case "$folders " in *" \${folder:-/} "*) break ;; esac
        folders="$folders \${folder:-/}"
        folder=\${folder%/*}
      done
    done
  done
  IFS="
"
  for line in $(IFS=" "; stat -c "%u %a %s %n %F" $folders $targets 2>/dev/null); do
    kind=\${line#* * * * } mode=\${line#* } size=\${line#* * } name=\${line#* * * }
    case $line in "0 "*) ;; *) continue ;; esac
    case \${mode%% *} in *[2367]? | *[2367]) continue ;; esac
    case $kind in
      directory) safe="$safe\${name%% *} " ;;
      "regular file" | "regular empty file") [ "\${size%% *}" -gt ${LARGEST} ] || good="$good\${name%% *} " ;;
    esac
  done
  for line in $(IFS=" "; stat -f -c "%t %n" $targets 2>/dev/null); do
    case \${line%% *} in ${[...FILE_SYSTEMS.values()].join(' | ')}) holding="$holding\${line#* } " ;; esac
  done
  unset IFS
  for folder in $folders; do
    case $safe in *" $folder "*) ;; *) others="$*" && return ;; esac
  done
  for path in "$@"; do
    target=\${targets%% *} targets=\${targets#* }
    # a file that is masked is a link to /dev/null
    found=
    case $good in *" $target "*) case $holding in *" $target "*) [ ! -r "$path" ] || found=yes ;; esac ;; esac
    [ "$target" != /dev/null ] || found=yes
    if [ -n "$found" ]; then plain="$plain $path"; else others="$others $path"; fi
  done
}
`;
