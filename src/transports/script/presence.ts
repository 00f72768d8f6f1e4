/** The sh functions that tell whether a file is there: that it is not is said only where its folder shows that. */
export const presence = `
# there PATH: 0, or 1 where there is none, or 2 where nobody can tell, and then $doubt says why
there() {
  [ -e "$1" ] && return 0
  lacks "$1" && return 1
  doubt=$(ls -dL "$1" 2>&1) && return 0
  case "$doubt" in *": No such file or directory" | *": Not a directory") return 1 ;; esac
  case "$doubt" in *": Permission denied") doubt="permission denied: $1" ;; *) doubt="\${doubt##*: }: $1" ;; esac
  return 2
}
# lacks PATH: its folder lists others, and not this one; or the same is true of a folder above. It starts no program
lacks() {
  case \${1##*/} in "" | .* | *[*?[]* | *" "*) return 1 ;; esac
  case $1 in /*/*) [ -d "\${1%/*}" ] || { lacks "\${1%/*}"; return; } ;; esac
  set -- "$1" "\${1%/*}"/*
  [ -e "$2" ] || return 1
  sought=$1
  shift
  case " $* " in *" $sought "*) return 1 ;; esac
}
# is_empty PATH: it may be read, and nothing is in it
is_empty() {
  [ -r "$1" ] || return 1
  IFS= read -r line <"$1" || [ -n "$line" ] || return 0
  return 1
}
# need PATH WORDS: ends an answer where PATH is not there, or where that can not be told
need() {
  there "$1"
  case $? in
    1) shift; absent "$*" ;;
    2) denied "$doubt" ;;
  esac
}
`;
