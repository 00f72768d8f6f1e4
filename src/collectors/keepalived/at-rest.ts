import type { FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { matchesGlob } from '../../network/glob.ts';
import { linesOf } from '../at-rest/conf-files.ts';
import { withoutSecrets } from './secrets.ts';

const MAIN = '/etc/keepalived/keepalived.conf';

/** As for a running host: files beyond these are told, not read. */
const MOST_FILES = 200;

/** The configuration of an image, with what it includes, as the probe prints it of a host on which none runs. */
export function atRest(tree: FileTree): Answer<Found> {
  const main = tree.read(MAIN);
  if (!main.ok && main.problem !== 'denied') return main;
  const seen = new Set([MAIN]);
  const rows = [`idle ${hostName(tree)} ${MAIN}`];
  // grows while it is walked: a file that is included is read after those that include it
  for (const path of seen) {
    const text = tree.read(path);
    if (!text.ok) rows.push(`denied ${path}`);
    else {
      const lines = linesOf(text.value);
      rows.push(`file ${path}`, ...lines.map((line) => `|${withoutSecrets(line)}`));
      for (const pattern of lines.flatMap(includeIn)) {
        const found = matching(tree, pattern.startsWith('/') ? pattern : `${folderOf(path)}/${pattern}`);
        const include = `include ${path}\t${pattern}`;
        rows.push(include, ...found.map((one) => `${include}\t${one}`));
        for (const one of found) if (seen.size < MOST_FILES) seen.add(one);
      }
    }
  }
  if (seen.size >= MOST_FILES) rows.push('capped');
  return { ok: true, value: { text: [...rows, ''].join('\n') } };
}

/** `include`, and what it is called where more is asked of it: includer, includem, ... */
function includeIn(line: string): string[] {
  const pattern = /^\s*include[rmwba]?\s+"?([^\s"]*)/.exec(line)?.[1] ?? '';
  return pattern === '' || /[{}$]/.test(pattern) ? [] : [pattern];
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

/** What `@id` is compared with; `-` where it is not known. */
function hostName(tree: FileTree): string {
  const name = tree.read('/etc/hostname');
  return (name.ok && /^\s*([\w-]+)/.exec(name.value)?.[1]) || '-';
}

/** The files that a pattern stands for, in order. */
function matching(tree: FileTree, pattern: string): string[] {
  const parts = pattern.split('/').filter(Boolean);
  const paths = parts.reduce<string[]>(
    (folders, part) =>
      folders.flatMap((folder) => namesIn(tree, folder, part).map((name) => `${folder}/${name}`)),
    [''],
  );
  return paths.filter((path) => {
    const text = tree.read(path);
    return text.ok || text.problem !== 'absent';
  });
}

function namesIn(tree: FileTree, folder: string, part: string): string[] {
  if (!/[*?]/.test(part)) return [part];
  const names = tree.list(folder);
  const isMeant = (name: string) =>
    (part.startsWith('.') || !name.startsWith('.')) && matchesGlob(part, name);
  return names.ok ? names.value.filter(isMeant).slice(0, MOST_FILES) : [];
}
