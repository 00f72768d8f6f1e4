/** The tokens of nft's output, and a reader's position among them. */

export interface Token {
  text: string;
  /** True when in quotes: a name or free text, never a keyword. */
  quoted: boolean;
  line: number;
}

export const NEWLINE = '\n';

/** The tokens: brackets, commas and semicolons stand alone; newlines end statements; `#` begins a remark. */
const PATTERN = /"([^"\n]*)"|#[^\n]*|\n|[{}(),;]|[^\s{}(),;"]+/g;

export function tokenizeNft(text: string): Token[] {
  const result: Token[] = [];
  let line = 1;
  for (const [found, inside] of text.matchAll(PATTERN)) {
    if (!found.startsWith('#')) result.push({ text: inside ?? found, quoted: inside !== undefined, line });
    if (found === NEWLINE) line++;
  }
  return result;
}

/** The error on a token that a reader does not know, with its line. */
export class Misread extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** A position among tokens; it moves on as they are taken. */
export interface Cursor {
  readonly tokens: readonly Token[];
  at: number;
}

export const peek = ({ tokens: all, at }: Cursor): Token | null => all[at] ?? null;

export const done = (cursor: Cursor): boolean => peek(cursor) === null;

/** Tells whether these tokens come next, none of them in quotes. */
export const isAt = ({ tokens: all, at }: Cursor, ...tokens: string[]): boolean =>
  tokens.every((token, i) => all[at + i]?.text === token && !all[at + i]?.quoted);

/** Takes the next token, whatever it is. */
export function take(cursor: Cursor): Token {
  const token = peek(cursor);
  if (!token) throw new Misread('it ends too early', cursor.tokens.at(-1)?.line ?? 1);
  cursor.at++;
  return token;
}

/** Takes these tokens if they come next. */
export function skip(cursor: Cursor, ...tokens: string[]): boolean {
  const found = isAt(cursor, ...tokens);
  if (found) cursor.at += tokens.length;
  return found;
}

export function expect(cursor: Cursor, token: string): void {
  const { text, line } = peek(cursor) ?? take(cursor);
  if (!skip(cursor, token)) throw new Misread(`expected ${token}, found ${JSON.stringify(text)}`, line);
}
