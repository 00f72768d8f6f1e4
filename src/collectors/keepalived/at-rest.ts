import type { FileTree, Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { matchesGlob } from '../../network/glob.ts';
import { splitLines } from '../at-rest/conf-files.ts';
import { blankSecrets } from './secrets.ts';
import { isForeign, withoutForeign } from './syntax.ts';

const MAIN = '/etc/keepalived/keepalived.conf';

/** The same limit as for a running host: files beyond these are reported, not read. */
const MOST_FILES = 200;

/** Reads the configuration of an image, with what it includes, as the probe prints it of a host on which none runs. */
export function atRest(tree: FileTree): Answer<Found> {
  const main = tree.read(MAIN);
  if (!main.ok && main.problem !== 'denied') return main;
  const seen = new Set([MAIN]);
  const rows = [`idle ${hostName(tree)} ${MAIN}`];
  // grows while it is walked: a file that is included is read after those that include it
  for (const path of seen) {
    const text = tree.read(path);
    if (!text.ok) {
      rows.push(`unread ${path}\t${text.reason}`);
      continue;
    }
    const lines = splitLines(text.value);
    const shown = lines.map((line) => `|${blankSecrets(withoutForeign(line))}`);
    if (isForeign(shown)) {
      rows.push(`unread ${path}\tno line of it looks like those of keepalived`);
      continue;
    }
    rows.push(`file ${path}`, ...shown);
    for (const pattern of lines.flatMap(includeIn)) {
      const include = `include ${path}\t${pattern}`;
      const found = matching(tree, pattern.startsWith('/') ? pattern : `${folderOf(path)}/${pattern}`);
      rows.push(include);
      if (!found.ok) rows.push(`unread ${path}: include ${pattern}\t${found.reason}`);
      for (const one of found.ok ? found.value : []) {
        rows.push(`${include}\t${one}`);
        if (seen.size < MOST_FILES) seen.add(one);
      }
    }
  }
  if (seen.size >= MOST_FILES) rows.push('capped');
  return { ok: true, value: { text: [...rows, ''].join('\n') } };
}

/** Matches `include`, and its names where more is asked of it: includer, includem, ... */
function includeIn(line: string): string[] {
  const pattern = /^\s*include[rmwba]?\s+"?([^\s"]*)/.exec(line)?.[1] ?? '';
  return pattern === '' || /[{}$]/.test(pattern) ? [] : [pattern];
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

/** Returns the name that `@id` is compared with; `-` where it is not known. */
function hostName(tree: FileTree): string {
  const name = tree.read('/etc/hostname');
  return (name.ok && /^\s*([\w-]+)/.exec(name.value)?.[1]) || '-';
}

/** Returns the files that a pattern stands for, in order; a folder that can't be listed may hold some. */
function matching(tree: FileTree, pattern: string): Answer<string[]> {
  let paths = [''];
  for (const part of pattern.split('/').filter(Boolean)) {
    const next: string[] = [];
    for (const folder of paths) {
      const names = namesIn(tree, folder, part);
      if (!names.ok) return names;
      next.push(...names.value.map((name) => `${folder}/${name}`));
    }
    paths = next;
  }
  const isThere = (path: string) => {
    const text = tree.read(path);
    return text.ok || text.problem !== 'absent';
  };
  return { ok: true, value: paths.filter(isThere) };
}

function namesIn(tree: FileTree, folder: string, part: string): Answer<string[]> {
  if (!/[*?]/.test(part)) return { ok: true, value: [part] };
  const names = tree.list(folder);
  if (!names.ok) return names.problem === 'absent' ? { ok: true, value: [] } : names;
  const isMeant = (name: string) =>
    (part.startsWith('.') || !name.startsWith('.')) && matchesGlob(part, name);
  return { ok: true, value: names.value.filter(isMeant).slice(0, MOST_FILES) };
}
