import type { FormatOptions } from '../format.ts';
import { shortened } from '../printable.ts';

/** The page that the text format writes on. It works in plain ASCII, so that any console can show it. */
export interface Page {
  /** The number of columns. */
  width: number;
  all: boolean;
  detail: Detail;
  paint(style: Style, text: string): string;
}

/**
 * The amount that is told of a finding.
 *
 * - brief:  what is wrong and what to do, as far as a few lines say it
 * - normal: all of a rule, and equal findings as one
 * - full:   each finding on its own, each gap by its fact
 */
export type Detail = 'brief' | 'normal' | 'full';

const styles = {
  error: '1;31',
  warning: '1;33',
  note: '1;36',
  good: '1;32',
  strong: '1',
  faint: '2',
} as const;

/** The meaning of a piece of text, not its look. */
type Style = keyof typeof styles;

/** A page of `width` columns; prose wider than 120 is hard to read, narrower than 40 is useless. */
export function page(
  { color, all, width = 100 }: Pick<FormatOptions, 'color' | 'all' | 'width'>,
  detail: Detail = 'normal',
): Page {
  return {
    width: Math.max(40, Math.min(width, 120)),
    all,
    detail,
    paint: (style, text) => (color && text !== '' ? `\x1b[${styles[style]}m${text}\x1b[0m` : text),
  };
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Returns the columns that a terminal needs for printable text. */
export function columns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let sum = 0;
  for (const character of text) sum += /\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return sum;
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - columns(text)));

/** Cuts printable text to a number of columns, with `...` where something was cut. */
export function cutTo(text: string, width: number): string {
  let cut = text;
  // a character may need two columns
  for (let length = width; columns(cut) > width && length > 3; length--) cut = shortened(text, length);
  return cut;
}

/** Breaks text at spaces, and in the middle of words that are wider than a line. At least one line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    const longer: string = line === null ? word : `${line} ${word}`;
    if (line === null || columns(longer) <= width) line = longer;
    else {
      lines.push(line.trimEnd());
      line = word;
    }
  }
  return [...lines, (line ?? '').trimEnd()];
}

/**
 * Wraps text behind a label; the lines after the first are indented to stand below it. A line to paste is one below
 * them, however wide, and nothing stands before it.
 */
export function hanging(label: string, text: string, width: number): string[] {
  const indent = ' '.repeat(columns(label));
  const { text: words, paste } = withoutPaste(text);
  const lines = wrap(words, Math.max(20, width - indent.length));
  const labelled = lines.map((line, i) => (i === 0 ? label : indent) + line);
  return paste === null ? labelled : [...labelled, paste];
}

/** A line of known_hosts within a text: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
const KNOWN_HOSTS_LINE = / ([\w.,:[\]%-]+ (?:ssh|ecdsa|sk)-[\w@.-]+ AAAA[\w+/]+={0,2})(?= |$)/;

/** Takes a line that is there to be pasted into a file out of a text; `paste` is null where there is none. */
export function withoutPaste(text: string): { text: string; paste: string | null } {
  const [found, paste] = KNOWN_HOSTS_LINE.exec(text) ?? [];
  return found === undefined || paste === undefined
    ? { text, paste: null }
    : { text: text.replace(found, () => ''), paste };
}

function pieces(word: string, width: number): string[] {
  if (columns(word) <= width) return [word];
  const result = [''];
  let used = 0;
  for (const character of word) {
    used += columns(character);
    if (used <= width) result[result.length - 1] += character;
    else {
      result.push(character);
      used = columns(character);
    }
  }
  return result;
}

const maxListed = 10;

/** Joins names with commas; a long list is cut unless everything was requested. */
export function listed(names: readonly string[], page: Page): string {
  const unique = [...new Set(names)];
  const shown = page.all ? unique : unique.slice(0, maxListed);
  const hidden = unique.length - shown.length;
  return shown.join(', ') + (hidden > 0 ? ` and ${hidden} more` : '');
}
