/** The answers that come together in one frame: which probe has which files, then their lines, each behind its file. */
import type { Answer } from '../../model.ts';

/** The name of such a frame begins with this. */
export const TOGETHER = 'together.';

interface Part {
  kind: string;
  probe: string;
  /** The path of a file, or of a folder with `/` at its end; of ip: `/ip/` and the family. */
  place: string;
  lines: string[];
}

/**
 * The lines of several commands of ip, in this order, which it does not separate: interfaces are numbered (`1: lo: <...>`),
 * with lines below them; TCP's peers are not; routing rules are, with a tab (`0:\tfrom all lookup local`), and each
 * namespace has some; all behind them is routes.
 */
const KINDS = ['links', 'peers', 'rules', 'routes'] as const;
type Kind = (typeof KINDS)[number];

function kindOf(line: string, last: Kind): Kind {
  if (/^\d+:\t/.test(line)) return 'rules';
  if (last === 'rules' || last === 'routes') return 'routes';
  return /^(?:\d+: |[ \t])/.test(line) ? 'links' : 'peers';
}

/** Returns each probe's text; null: it is no such frame. */
export function readTogether(text: string): Map<string, Answer<string>> | null {
  const lines = text.split('\n');
  const begin = lines.indexOf('');
  const parts: Part[] = [];
  for (const line of lines.slice(0, begin)) {
    const [, kind, probe = '', place = ''] = HEADING.exec(line) ?? [];
    if (kind === undefined) return null;
    parts.push({ kind, probe, place, lines: [] });
  }
  if (begin < 0 || parts.length === 0) return null;
  const body = lines.slice(begin + 1);
  if (parts.every(({ place }) => place.startsWith('/ip/'))) addLines(parts, body);
  else addFiles(parts, body);
  return new Map(
    parts.map(({ probe, lines }) => [probe, { ok: true, value: lines.map((line) => `${line}\n`).join('') }]),
  );
}

const HEADING = /^(text|rows|below|links|peers|rules|routes) ([\w.]+) (\/\S+)$/;

/** Adds what ip printed of each family, below `==> /ip/FAMILY <==`, to those that asked for such lines. */
function addLines(parts: readonly Part[], body: string[]) {
  let place = '';
  let kind: Kind = 'links';
  for (const line of body) {
    const heading = /^==> (\/ip\/\S+) <==$/.exec(line)?.[1];
    if (heading !== undefined) [place, kind] = [heading, 'links'];
    else if (line !== '') {
      kind = kindOf(line, kind);
      parts.find((part) => part.place === place && part.kind === kind)?.lines.push(line);
    }
  }
}

/** Adds the lines of files, `PATH:LINE`; a path without `/` in front is below the only folder that is listed so. */
function addFiles(parts: readonly Part[], body: string[]) {
  const texts = new Map(parts.flatMap((part) => (part.kind === 'text' ? [[part.place, part]] : [])));
  const below = parts.find(({ kind }) => kind === 'below');
  const rows = parts.filter(({ kind }) => kind === 'rows');
  const end = body.indexOf('');
  for (const line of body.slice(0, end)) {
    const path = line.slice(0, line.indexOf(':'));
    const text = texts.get(path);
    if (text) text.lines.push(line.slice(path.length + 1));
    else if (!path.startsWith('/')) below?.lines.push(below.place + line);
    else rows.find(({ place }) => path.startsWith(place))?.lines.push(line);
  }
  for (const line of body.slice(end)) addComplaint(below, line);
}

/**
 * Adds what can't be read: `grep: core/bpf_jit_limit: Permission denied`. A folder is nothing to read, and what is not
 * there any more is nothing.
 */
function addComplaint(part: Part | undefined, line: string) {
  const [, path, why = ''] = /^grep: ([^:/][^:]*): (.+)$/.exec(line) ?? [];
  if (part === undefined || path === undefined) return;
  if (/^(?:Is a directory|No such file or directory)$/.test(why)) return;
  part.lines.push(`grep: ${part.place}${path}: ${why}`);
}
