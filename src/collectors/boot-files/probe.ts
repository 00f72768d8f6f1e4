/** The sh that reads folders of drop-in files. */

/**
 * Calls the function `conf PATH TEXT` with each FOLDER/*.conf and each further file that is there, and prints
 * `unread PATH\tREASON` of what may not or must not be read.
 */
export function confFilesProbe(folders: readonly string[], more: readonly string[]): string {
  return `conf_at() {
  text=$(trusted_text "" "$1")
  case $? in
    0) conf "$1" "$text" ;;
    210) ;;
    *) printf "unread %s\\n" "$1	$text" ;;
  esac
}
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
      *[!!-~]*) printf "unread %s\\n" "$folder	a name there has blanks or what can not be printed" ;;
      *) conf_at "$path" ;;
    esac
  done
done
for path in ${more.join(' ')}; do conf_at "$path"; done`;
}

/** Returns the entry of such a list for what was not read: `denied PATH`, or `unread PATH\tREASON`; else null. */
export function whyUnread(row: string): string | null {
  const denied = /^denied (.+)$/.exec(row)?.[1];
  const [, path, reason] = /^unread ([^\t]+)\t(.*)$/.exec(row) ?? [];
  if (denied !== undefined) return `permission denied: ${denied}`;
  return path === undefined ? null : `not read: ${path}: ${reason}`;
}
