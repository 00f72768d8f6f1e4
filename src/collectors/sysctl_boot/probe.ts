import type { FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { confFiles } from '../at-rest/conf-files.ts';
import { hasProgram } from '../at-rest/programs.ts';

/** In the order of precedence: sysctl.d(5). */
export const FOLDERS = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];

// Empty files are named too: an empty file, or a link to /dev/null, hides files of its name in later folders.
export const ask = `show() {
  [ -e "$1" ] || return 0
  [ -r "$1" ] || { printf "denied %s\\n" "$1"; return; }
  printf "file %s\\n" "$1"
  while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in *tcp_fastopen_key* | *stable_secret*) line="# a secret, left out" ;; esac
    printf "%s:%s\\n" "$1" "$line"
  done <"$1"
}
[ ! -d /run/systemd/system ] || echo systemd
for folder in ${FOLDERS.join(' ')}; do
  [ -d "$folder" ] || continue
  [ -L /lib ] && [ "$folder" = /lib/sysctl.d ] && continue
  if [ -r "$folder" ] && [ -x "$folder" ]; then
    for path in "$folder"/*.conf; do show "$path"; done
  else
    printf "denied %s\\n" "$folder"
  fi
done
show /etc/sysctl.conf`;

/** The same text, out of an image: it boots with systemd where it has it. */
export function atRest(tree: FileTree): Answer<Found> {
  const found = confFiles(tree, FOLDERS, ['/etc/sysctl.conf']);
  if (!found.ok) return found;
  const files = found.value.flatMap(({ path, lines }) =>
    lines === null
      ? [`denied ${path}`]
      : [`file ${path}`, ...lines.map((line) => `${path}:${withoutSecret(line)}`)],
  );
  const systemd = hasProgram(tree, ['/usr/lib/systemd', '/lib/systemd'], 'systemd') ? ['systemd'] : [];
  return { ok: true, value: { text: [...systemd, ...files, ''].join('\n') } };
}

const withoutSecret = (line: string) =>
  /tcp_fastopen_key|stable_secret/.test(line) ? '# a secret, left out' : line;
