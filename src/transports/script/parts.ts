/** The answers that come together in one frame: which probe has which files, then those as `tail` prints several. */
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
 * The lines of several commands of ip, which it does not separate: interfaces are numbered (`1: lo: <...>`), with lines
 * below them; routing rules are, with a tab (`0:\tfrom all lookup local`); TCP's peers and routes never.
 */
const LINES_OF: Readonly<Record<string, RegExp>> = {
  links: /^(?:\d+: |[ \t])/,
  peers: /^(?!\d+: |[ \t])./,
  rules: /^\d+:\t/,
  routes: /^(?!\d+:\t)./,
};

/** Returns each probe's text; null: it is no such frame. */
export function partsOf(text: string): Map<string, Answer<string>> | null {
  const lines = text.split('\n');
  const begin = lines.indexOf('');
  const parts = lines.slice(0, begin).map((line): Part | null => {
    const [, kind = '', probe = '', place = ''] =
      /^(text|rows|below|links|peers|rules|routes) ([\w.]+) (\/\S+)$/.exec(line) ?? [];
    return kind === '' ? null : { kind, probe, place, lines: [] };
  });
  const known = parts.filter((part) => part !== null);
  if (begin < 0 || known.length < parts.length) return null;
  for (const { header, content } of sections(lines.slice(begin + 1), (path) => ownerOf(known, path))) {
    if (header === END) complaints(known, content);
    else if (header.startsWith('/ip/')) addLines(known, header, content);
    else addTo(ownerOf(known, header), header, content);
  }
  return new Map(
    known.map(({ kind, probe, lines }) => [
      probe,
      { ok: true, value: kind === 'text' ? lines.join('\n') : lines.map((line) => `${line}\n`).join('') },
    ]),
  );
}

/** The empty file behind the others: what follows it are complaints. */
const END = '/dev/null';

const ownerOf = (parts: readonly Part[], path: string) =>
  parts.find(({ kind, place }) =>
    kind === 'text' ? place === path : kind === 'below' ? !path.startsWith('/') : path.startsWith(place),
  );

/**
 * Yields what stands below each `==> PATH <==` of a file that was asked for, once. The line break before such a line is
 * no part of what is above it.
 */
function* sections(lines: string[], owner: (path: string) => Part | undefined) {
  const seen = new Set<string>();
  let header: string | null = null;
  let content: string[] = [];
  for (const line of lines) {
    const path = /^==> (\S+) <==$/.exec(line)?.[1];
    if (path === undefined || seen.has(path) || (path !== END && owner(path) === undefined)) {
      content.push(line);
      continue;
    }
    if (header !== null) yield { header, content };
    if (path !== END) seen.add(path);
    [header, content] = [path, []];
  }
  if (header !== null) yield { header, content };
}

/** Adds what ip printed to those that asked for such lines. */
function addLines(parts: readonly Part[], place: string, content: string[]) {
  for (const part of parts) {
    const pattern = LINES_OF[part.kind];
    if (part.place === place && pattern) part.lines = content.filter((line) => pattern.test(line));
  }
}

/** Adds a file's lines: as they are, or each behind the path of its file. */
function addTo(part: Part | undefined, path: string, content: string[]) {
  if (part === undefined) return;
  if (part.kind === 'text') part.lines = content;
  else {
    const full = part.kind === 'below' ? part.place + path : path;
    part.lines.push(
      ...content.filter((line, i) => line !== '' || i < content.length - 1).map((line) => `${full}:${line}`),
    );
  }
}

/**
 * Adds what can't be read, as grep says it: `tail: cannot open 'core/bpf_jit_limit' for reading: Permission denied`. A
 * folder is nothing to read, and what is not there any more is nothing.
 */
function complaints(parts: readonly Part[], content: string[]) {
  for (const line of content) {
    const [, path = '', why = ''] = /^tail: [^']*?'?([^' ]+)'?(?: for reading)?: ([^:]+)$/.exec(line) ?? [];
    const part = ownerOf(parts, path);
    if (path === '' || part === undefined || /^(?:Is a directory|No such file or directory)$/.test(why))
      continue;
    part.lines.push(`tail: ${part.place}${path}: ${why}`);
  }
}
