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

/**
 * Text that nft 0.9 prints of a match or target which it cannot translate from iptables; a remark only by its looks:
 * `# xt_MASQUERADE`; `# tcpmss match 100:200 counter packets ...`; behind the counter that every rule of iptables-nft has
 * before its target, `# TTL set to 5`.
 */
const OF_XTABLES = [
  /# xt_(?<name>\w+)/y,
  /(?<=\S )# (?<match>[^\n]*?) (?=counter packets \d+ bytes \d+)/y,
  /(?<=counter packets \d+ bytes \d+ )# (?!handle \d+\s*(?:\n|$))(?<target>[^\n]*)/y,
];

export function tokenizeNft(text: string): Token[] {
  const result: Token[] = [];
  const pattern = new RegExp(PATTERN);
  let line = 1;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const [whole, inside] = found;
    if (whole.startsWith('#')) {
      const end = readRemark(text, found.index, line, result);
      if (end !== null) pattern.lastIndex = end;
    } else result.push({ text: inside ?? whole, quoted: inside !== undefined, line });
    if (whole === NEWLINE) line++;
  }
  return result;
}

/** Adds the tokens of an xt expression in the place of a remark, and returns its end; null for a remark. */
function readRemark(text: string, at: number, line: number, tokens: Token[]): number | null {
  for (const pattern of OF_XTABLES) {
    pattern.lastIndex = at;
    const groups = pattern.exec(text)?.groups;
    if (!groups) continue;
    const name = groups.name ?? groups.match ?? groups.target ?? '';
    // matches have names in lower case, targets in upper case
    const kind = groups.target === undefined && !/^[A-Z]/.test(groups.name ?? '') ? 'match' : 'target';
    for (const word of ['xt', kind]) tokens.push({ text: word, quoted: false, line });
    tokens.push({ text: name, quoted: true, line });
    return pattern.lastIndex;
  }
  return null;
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
