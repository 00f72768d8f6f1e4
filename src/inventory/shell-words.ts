/**
 * Splits a line into tokens as Python's `shlex.split(line, comments=True)` does (Python 3.11, shlex.py), which is
 * what Ansible splits the host lines of an INI inventory with.
 */

export interface Word {
  text: string;
  /** The offset of the token in the line, quote included. */
  start: number;
  /** The offset of each character of `text` in the line. */
  offsets: number[];
}

export interface Words {
  words: Word[];
  /** The reason why the line can't be split, and its offset. */
  broken: { message: string; at: number; hint: string } | null;
}

/** The characters that end a token; and the same, where a comment up to the line's end does too. */
const BLANK = /[ \t\r\n]/;
const BLANK_OR_COMMENT = /[ \t\r\n#]/;

/** Splits a line. Without comments, a `#` is a character like any other. */
export function shellWords(line: string, { comments = true } = {}): Words {
  const ending = comments ? BLANK_OR_COMMENT : BLANK;
  const words: Word[] = [];
  let at = 0;
  while (at < line.length && !(comments && line[at] === '#')) {
    if (BLANK.test(line.charAt(at))) at++;
    else {
      const word: Word = { text: '', start: at, offsets: [] };
      const end = readWord(line, word, ending);
      if (typeof end !== 'number') return { words, broken: end };
      words.push(word);
      at = end;
    }
  }
  return { words, broken: null };
}

type Broken = NonNullable<Words['broken']>;

const QUOTE_HINT = 'a quote that belongs to a value needs a \\ before it';

/** Reads the token; returns the offset after it. */
function readWord(line: string, word: Word, ending: RegExp): number | Broken {
  let at = word.start;
  while (at < line.length && !ending.test(line.charAt(at))) {
    if (line[at] === '"' || line[at] === "'") {
      const end = readQuoted(line, at, word);
      if (end === null) return { message: `the ${line[at]} is not closed`, at, hint: QUOTE_HINT };
      at = end;
    } else {
      if (line[at] === '\\') at++;
      if (at === line.length)
        return { message: 'a \\ at the end', at: at - 1, hint: 'a host stands on one line' };
      take(word, line, at++);
    }
  }
  return at;
}

/** Reads a quoted text. In double quotes, a `\` escapes only itself and the quote; in single quotes, nothing. */
function readQuoted(line: string, open: number, word: Word): number | null {
  const quote = line.charAt(open);
  for (let at = open + 1; at < line.length; at++) {
    if (line[at] === quote) return at + 1;
    if (quote === '"' && line[at] === '\\') {
      if (at + 1 === line.length) return null;
      if (!'"\\'.includes(line.charAt(at + 1))) take(word, line, at);
      at++;
    }
    take(word, line, at);
  }
  return null;
}

function take(word: Word, line: string, at: number): void {
  word.text += line[at];
  word.offsets.push(at);
}
