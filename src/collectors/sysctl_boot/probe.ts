import type { FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { confFiles } from '../at-rest/conf-files.ts';
import { hasProgram } from '../at-rest/programs.ts';
import { confFilesProbe } from '../boot-files/probe.ts';

/** The folders in the order of precedence: sysctl.d(5). */
export const FOLDERS = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];

/** The text in place of what a file holds that its name does not promise, or that is nobody's business. */
const OTHER = '# no setting, left out';
const SECRET = '# a secret, left out';

// Empty files are named too: an empty file, or a link to /dev/null, hides files of its name in later folders.
export const ask = `conf() {
  printf "file %s\\n" "$1"
  [ -n "$2" ] || return 0
  printf "%s\\n" "$2" | sed \\
    -e "/tcp_fastopen_key/s/.*/${SECRET}/" -e "/stable_secret/s/.*/${SECRET}/" \\
    -e "/^[[:blank:]]*[#;]/b" -e "/^[[:blank:]]*$/b" \\
    -e "/^[[:blank:]]*-\\{0,1\\}[[:blank:]]*[a-z][a-z0-9_]*[./][^[:blank:]=]*[[:blank:]]*=/b" \\
    -e "/^[[:blank:]]*-[[:blank:]]*[a-z][a-z0-9_]*[./][^[:blank:]=]*[[:blank:]]*$/b" \\
    -e "s/.*/${OTHER}/" |
    while IFS= read -r line; do printf "%s:%s\\n" "$1" "$line"; done
}
[ ! -d /run/systemd/system ] || echo systemd
${confFilesProbe(FOLDERS, ['/etc/sysctl.conf'])}`;

/** Returns the same text, out of an image: it boots with systemd where it has it. */
export function atRest(tree: FileTree): Answer<Found> {
  const found = confFiles(tree, FOLDERS, ['/etc/sysctl.conf']);
  if (!found.ok) return found;
  const files = found.value.flatMap(({ path, lines }) =>
    lines === null ? [`denied ${path}`] : [`file ${path}`, ...lines.map((line) => `${path}:${shown(line)}`)],
  );
  const booting = hasProgram(tree, ['/usr/lib/systemd', '/lib/systemd'], 'systemd');
  const systemd = booting.ok ? (booting.value ? ['systemd'] : []) : [`unread systemd\t${booting.reason}`];
  return { ok: true, value: { text: [...systemd, ...files, ''].join('\n') } };
}

/**
 * Shows a line of a file that is what its name says: `-net.ipv4.tcp_rmem = 4096 87380 6291456`, a name behind a `-`,
 * comments.
 */
function shown(line: string): string {
  if (/tcp_fastopen_key|stable_secret/.test(line)) return SECRET;
  if (/^[ \t]*([#;]|$)/.test(line)) return line;
  return /^[ \t]*(-?[ \t]*[a-z][a-z0-9_]*[./][^ \t=]*[ \t]*=|-[ \t]*[a-z][a-z0-9_]*[./][^ \t=]*[ \t]*$)/.test(
    line,
  )
    ? line
    : OTHER;
}
