import type { FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { confFiles } from '../at-rest/conf-files.ts';
import { hasProgram } from '../at-rest/programs.ts';
import { confFilesProbe } from '../boot-files/probe.ts';

/** The folders in the order of precedence: sysctl.d(5). */
export const CONF = {
  folders: [
    '/etc/sysctl.d',
    '/run/sysctl.d',
    '/usr/local/lib/sysctl.d',
    '/usr/lib/sysctl.d',
    '/lib/sysctl.d',
  ],
  files: ['/etc/sysctl.conf'],
};

/** The text in place of what a file holds that its name does not promise, or that is nobody's business. */
const OTHER = '# no setting, left out';
const SECRET = '# a secret, left out';

/** As sed knows them: what stands in front of a line, a setting's name, and the end of a line without a value. */
const PLACE = '^\\([^:]*:\\)[0-9]*:';
const LEFT = '^[^:]*:';
const NAME = '[[:blank:]]*[a-z][a-z0-9_]*[./][^[:blank:]=]*[[:blank:]]*';

// Empty files are named too: an empty file, or a link to /dev/null, hides files of its name in later folders.
export const ask = `named() { printf "file %s\\n" "$1"; }
rows() {
  sed -e "s/${PLACE}.*tcp_fastopen_key.*/\\1${SECRET}/" -e "s/${PLACE}.*stable_secret.*/\\1${SECRET}/" \\
    -e "s/${PLACE}/\\1/" \\
    -e "/${LEFT}[[:blank:]]*[#;]/b" -e "/${LEFT}[[:blank:]]*$/b" \\
    -e "/${LEFT}[[:blank:]]*-\\{0,1\\}${NAME}=/b" -e "/${LEFT}[[:blank:]]*-${NAME}$/b" \\
    -e "s/\\(${LEFT}\\).*/\\1${OTHER}/"
}
[ ! -d /run/systemd/system ] || echo systemd
${confFilesProbe(CONF)}`;

/** Returns the same text, out of an image: it boots with systemd where it has it. */
export function atRest(tree: FileTree): Answer<Found> {
  const found = confFiles(tree, CONF.folders, CONF.files);
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
