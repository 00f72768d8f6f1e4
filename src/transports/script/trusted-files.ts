/**
 * The rule by which a script that runs as root reads files whose names somebody else may have had a say in: the
 * arguments of a process, an include, a name in a folder. Without it, whoever may start the script could have root
 * print any file.
 *
 * A file is read when it is a regular one of root's, which root alone may write to, on a file system that holds files
 * (not /proc, /sys or FUSE), and when the same is true of every folder from the root down, links resolved. Each folder
 * is entered first and checked then, by `.`, and has to lie in the one before it, by `..`: so nothing that is renamed or
 * linked meanwhile leads elsewhere. The file is opened once, and has to be the one that its folder names; what was
 * opened is what is printed. In the root of a container, whose own root may change all of this at any time, links lead
 * nowhere but inside.
 *
 * No pipe is opened, unless a container's root puts one in the place of a file at just that moment; then it costs the
 * time limit of the script.
 */

/** Magic numbers of statfs(2), hexadecimal, as every version of stat prints them; names differ. */
export const FILE_SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['ext', 'ef53'],
  ['xfs', '58465342'],
  ['btrfs', '9123683e'],
  ['overlayfs', '794c7630'],
  ['tmpfs', '1021994'],
  ['ramfs', '858458f6'],
  ['zfs', '2fc12fc1'],
  ['f2fs', 'f2f52010'],
  ['squashfs', '73717368'],
  ['erofs', 'e0f5e1e2'],
  ['bcachefs', 'ca451a4e'],
  ['jfs', '3153464a'],
  ['reiserfs', '52654973'],
  ['aufs', '61756673'],
  ['ubifs', '24051905'],
  ['jffs2', '72b6'],
  ['iso9660', '9660'],
  ['nfs', '6969'],
]);

export const LARGEST = 262144;
const MOST_MATCHES = 200;

/** The sh functions of the rule. Each ends the subshell that it runs in: `text=$(trusted_text "" PATH)`. */
export const trustedFiles = `
# distrust WORDS: why something is not read, on standard output
distrust() {
  printf "%s" "$*" | tr -c " -~" "?"
  exit 211
}

# enter FOLDER: which root alone may change, and which lies in the one that we are in
enter() {
  cd -P "$1" 2>/dev/null || distrust "permission denied: \${at:-/}"
  set -- $(stat -c "%u %a %d:%i" . .. 2>/dev/null)
  [ "$#" = 6 ] || distrust "stat says nothing of \${at:-/}"
  [ -z "$above" ] || [ "$6" = "$above" ] || distrust "\${at:-/} was moved while it was read"
  [ "$1" = 0 ] || distrust "\${at:-/} belongs to user $1, not to root"
  case $2 in *[2367]? | *[2367]) distrust "others than root may write to \${at:-/}" ;; esac
  above=$3
}
# reach ROOT PATH: enters the folder of what PATH is for a process whose root is ROOT, and calls that $leaf
reach() {
  command -v stat >/dev/null 2>&1 || distrust "stat is not installed, and so whose file it is can not be told"
  left=$2 steps=0
  from_top "$1"
  while :; do
    part=\${left%%/*} more=
    case $left in */*) more=/\${left#*/} ;; esac
    steps=$((steps + 1))
    [ "$steps" -le 200 ] || distrust "too many links: $2"
    case $part in
      "" | .)
        [ -n "$more" ] || { leaf=. && return; }
        left=\${more#/}
        continue
        ;;
      ..)
        left=\${at%/*}\${more:-/.}
        from_top "$1"
        continue
        ;;
    esac
    if [ -L "./$part" ]; then
      target=$(readlink "./$part") || distrust "a link that can not be read: $at/$part"
      left=$target$more
      case $target in /*) from_top "$1" ;; esac
    elif [ -z "$more" ]; then
      leaf=$part && return
    else
      here "$part"
      [ -d "./$part" ] || exit 210
      at=$at/$part left=\${more#/}
      enter "./$part"
    fi
  done
}
from_top() { above= at= && enter "\${1:-/}/."; }
# here NAME: that it is there, in the folder that we are in
here() {
  there "./$1"
  case $? in
    1) exit 210 ;;
    2) distrust "\${doubt%: *}: $at/$1" ;;
  esac
}
# holds_files: of standard input, or of the folder that we are in: that it lies on a file system for files
holds_files() {
  case $(stat -f -c %t "$1" 2>/dev/null) in ${[...FILE_SYSTEMS.values()].join(' | ')}) return 0 ;; esac
  return 1
}
# trusted_text ROOT PATH: what is in a file; status 210: it is not there, 211: why it is not read
trusted_text() {
  reach "$1" "$2"
  here "$leaf"
  [ ! -d "./$leaf" ] || exit 210
  # a file that is masked is a link to this one
  [ "$at/$leaf" != /dev/null ] || exit 0
  [ -f "./$leaf" ] && [ ! -L "./$leaf" ] || distrust "$at/$leaf is no regular file"
  [ -r "./$leaf" ] || distrust "permission denied: $at/$leaf"
  opened_text 3<"./$leaf" || distrust "$at/$leaf can not be opened"
}
opened_text() {
  set -- $(stat -c "%d:%i %u %a %s %F" "./$leaf" 2>/dev/null)
  [ "$1" = "$(stat -L -c %d:%i /proc/self/fd/0 <&3 2>/dev/null)" ] || distrust "$at/$leaf changed while it was read"
  [ "$2" = 0 ] || distrust "$at/$leaf belongs to user $2, not to root"
  case $3 in *[2367]? | *[2367]) distrust "others than root may write to $at/$leaf" ;; esac
  [ "$5" = regular ] || distrust "$at/$leaf is no regular file"
  [ "$4" -le ${LARGEST} ] || distrust "$at/$leaf has more than ${LARGEST / 1024} KiB"
  holds_files /proc/self/fd/0 <&3 || distrust "$at/$leaf lies on no file system that is known to hold files"
  head -c ${LARGEST} <&3 | tr -d "\\000"
}
# trusted_matches ROOT PATTERN: the paths that it stands for, one a line
trusted_matches() {
  set -f
  heads=/ left=\${2#/}
  while :; do
    part=\${left%%/*} found=
    for head in $heads; do
      case $left in
        */*) case $part in *[*?[]*) ;; *) found="$found $head$part/" && continue ;; esac ;;
      esac
      names=$(trusted_names "$1" "$head" "$part" "$left")
      case $? in 0 | 210) ;; *) distrust "$names" ;; esac
      for name in $names; do found="$found $head$name"; done
    done
    set -- "$1" "$2" $found
    [ "$#" -le ${MOST_MATCHES + 2} ] || distrust "$2 stands for more than ${MOST_MATCHES} files"
    heads=$found
    case $left in */*) left=\${left#*/} ;; *) break ;; esac
  done
  for head in $heads; do printf "%s\\n" "$head"; done
}
# trusted_names ROOT FOLDER PATTERN REST: the files there of that name, or folders where REST goes on
trusted_names() {
  reach "$1" "$2."
  holds_files . || distrust "\${at:-/} lies on no file system that is known to hold files"
  [ -r . ] || distrust "permission denied: \${at:-/}"
  set +f
  names= want=file
  case $4 in */*) want=folder ;; esac
  for name in ./$3; do
    [ -e "$name" ] || [ -L "$name" ] || continue
    if [ -d "$name" ]; then is=folder; else is=file; fi
    [ "$is" = "$want" ] || continue
    name=\${name#./}
    case $name in *[!!-~]*) distrust "names in \${at:-/} have blanks or unprintable characters" ;; esac
    names="$names $name"
  done
  set -f
  [ "$want" = file ] || names=$(printf "%s/ " $names)
  [ -z "$names" ] || printf "%s" "$names"
}
`;
