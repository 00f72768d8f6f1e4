/** The sh that reads folders of drop-in files. */
import type { Probe } from '../../define.ts';

type ConfFiles = NonNullable<Probe['conf']>;

/**
 * Reads each FOLDER/*.conf and each further file that is there, calls the function `named` with the path, and the
 * function `rows` with their lines as `PATH:NUMBER:LINE` on standard input. Prints `unread PATH\tREASON` of what may not
 * or must not be read.
 *
 * @param wanted a basic regular expression that each line matches which `rows` says anything of
 */
export function confFilesProbe({ folders, files }: ConfFiles, wanted = ''): string {
  return `conf_at() {
  text=$(trusted_text "" "$1")
  case $? in
    0)
      named "$1"
      [ -n "$text" ] || return 0
      # a path has no other colon than that at its end
      place=$(printf "%s" "$1" | tr ":" "\\001")
      printf "%s\\n" "$text" | grep -an "${wanted}" |
        while IFS= read -r line; do printf "%s:%s\\n" "$place" "$line"; done | rows | tr "\\001" ":"
      ;;
    210) ;;
    *) printf "unread %s\\n" "$1	$text" ;;
  esac
}
set --
for folder in ${folders.join(' ')}; do
  case "$folder" in /lib/*) [ ! -L /lib ] || continue ;; esac
  there "$folder"
  case $? in
    1) continue ;;
    2) printf "unread %s\\n" "$folder	$doubt" && continue ;;
  esac
  [ -d "$folder" ] || continue
  if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then
    printf "unread %s\\n" "$folder	permission denied" && continue
  fi
  for path in "$folder"/*.conf; do
    case "\${path#"$folder"/}" in
      "*.conf") [ ! -e "$path" ] && [ ! -L "$path" ] || set -- "$@" "$path" ;;
      *[!!-~]*) printf "unread %s\\n" "$folder	a name there has blanks or what can not be printed" ;;
      *) set -- "$@" "$path" ;;
    esac
  done
done
for path in ${files.join(' ')}; do set -- "$@" "$path"; done
plain= others= odd=
for path in "$@"; do
  shift
  there "$path"
  case "$?$path" in
    0*:*) odd="$odd $path" ;;
    0*) set -- "$@" "$path" ;;
    2*) conf_at "$path" ;;
  esac
done
[ "$#" = 0 ] || plain_files "$@"
if [ -n "$plain" ]; then
  text=$(grep -aHn "${wanted}" /dev/null $plain 2>/dev/null)
  case $? in
    0 | 1)
      for path in $plain; do named "$path"; done
      [ -z "$text" ] || printf "%s\\n" "$text" | rows
      ;;
    *) others="$plain $others" ;;
  esac
fi
for path in $others $odd; do conf_at "$path"; done`;
}

/** Returns the entry of such a list for what was not read: `denied PATH`, or `unread PATH\tREASON`; else null. */
export function whyUnread(row: string): string | null {
  const denied = /^denied (.+)$/.exec(row)?.[1];
  const [, path, reason] = /^unread ([^\t]+)\t(.*)$/.exec(row) ?? [];
  if (denied !== undefined) return `permission denied: ${denied}`;
  return path === undefined ? null : `not read: ${path}: ${reason}`;
}
