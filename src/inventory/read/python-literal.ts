/**
 * Evaluates a text as `ast.literal_eval` does (Python 3.11): Ansible reads each value of an INI inventory with it,
 * and keeps the text where it is no literal. Tuples and sets become lists, bytes become text. What JSON does not have
 * (complex numbers, infinity, integers above 2^53) stays text too.
 */
import type { Json } from '../../model.ts';
import { wordTable } from '../../word-table.ts';
import { pythonString } from './python-string.ts';

/** A comment, a string without an f prefix, a number, a name, or a single character. */
const TOKEN =
  /[ \t\f]*(?:#.*|((?:[rR][bB]?|[bB][rR]?|[uU])?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'))|((?:\d[\d_]*\.?|\.\d)[\w.]*(?:(?<=[eE])[+-]\d[\d_]*)?)|([A-Za-z_]\w*)|([-+,:()[\]{}]))/y;

type Token = { kind: 'string' | 'number' | 'word' | 'sign'; text: string };

interface Reader {
  tokens: Token[];
  next: number;
  depth: number;
}

/** Thrown inside of this file only: the text is no literal. */
const NOT_LITERAL = Symbol('not a literal');
/** The depth beyond which Python gives up too. */
const DEEPEST = 90;

/** Returns the value of a literal; the text itself where it is none. */
export function pythonLiteral(text: string): Json {
  try {
    const reader: Reader = { tokens: tokensOf(text), next: 0, depth: 0 };
    return readItems(reader, null);
  } catch (error) {
    if (error !== NOT_LITERAL) throw error;
    return text;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const [, string, number, word, sign] = TOKEN.exec(text) ?? fail();
    if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

/** Reads items up to the closing bracket (null: the end). `1` is itself, but `1,` and `1, 2` are tuples. */
function readItems(reader: Reader, close: ')' | null): Json {
  const items: Json[] = [];
  let isTuple = close === ')' && peek(reader) === ')';
  while (!isEnd(reader, close)) {
    items.push(readValue(reader));
    if (isEnd(reader, close)) break;
    expect(reader, ',');
    isTuple = true;
  }
  reader.next++;
  if (isTuple) return items;
  const [only = fail()] = items;
  return only;
}

function readValue(reader: Reader): Json {
  if (++reader.depth > DEEPEST) fail();
  const token = reader.tokens[reader.next++] ?? fail();
  const value = readers[token.kind](reader, token.text);
  reader.depth--;
  return value;
}

const readers: Record<Token['kind'], (reader: Reader, text: string) => Json> = {
  string: readStrings,
  number: (_, text) => numberOf(text),
  word: (_, text) => constantOf(text),
  sign: readSigned,
};

function readSigned(reader: Reader, sign: string): Json {
  if (sign === '(') return readItems(reader, ')');
  if (sign === '[') return readList(reader);
  if (sign === '{') return readBraces(reader);
  if (sign !== '-' && sign !== '+') fail();
  const after = reader.tokens[reader.next];
  const value = readValue(reader);
  if (typeof value !== 'number' || after?.kind !== 'number') fail();
  return sign === '-' ? -value || 0 : value;
}

/** Strings beside each other are one: `'a' 'b'`. */
function readStrings(reader: Reader, first: string): string {
  const literals = [first];
  for (let token = reader.tokens[reader.next]; token?.kind === 'string'; token = reader.tokens[++reader.next])
    literals.push(token.text);
  const isBytes = (literal: string): boolean => /^[^'"]*b/i.test(literal);
  if (literals.some((literal) => isBytes(literal) !== isBytes(first))) fail();
  return literals.map((literal) => pythonString(literal) ?? fail()).join('');
}

function readList(reader: Reader): Json[] {
  const items: Json[] = [];
  while (!isEnd(reader, ']')) {
    items.push(readValue(reader));
    if (!isEnd(reader, ']')) expect(reader, ',');
  }
  reader.next++;
  return items;
}

/** `{}` and `{k: v}` are dicts, `{v}` is a set. A template, `{{ 'x' }}`, is no set of sets: Python has none. */
function readBraces(reader: Reader): Json {
  const keys: Json[] = [];
  const values: Json[] = [];
  while (!isEnd(reader, '}')) {
    keys.push(hashable(readValue(reader)));
    if (peek(reader) === ':') {
      reader.next++;
      values.push(readValue(reader));
    }
    if (!isEnd(reader, '}')) expect(reader, ',');
  }
  reader.next++;
  if (values.length === 0 && keys.length > 0) return keys;
  if (values.length !== keys.length) fail();
  return Object.fromEntries(values.map((value, i) => [String(keys[i]), value]));
}

function hashable(value: Json): Json {
  return typeof value === 'object' && value !== null ? fail() : value;
}

const CONSTANTS = wordTable<Json>({ True: true, False: false, None: null });

function constantOf(word: string): Json {
  const value = CONSTANTS[word];
  return value === undefined ? fail() : value;
}

/** 31, 0x1f, 0o37, 0b11111, 1_000, 3.1, .5, 5., 1e3. A zero may lead a fraction, and zero itself, but no integer. */
const INTEGER = /^(?:0(?:_?0)*|[1-9](?:_?\d)*|0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/;
const FRACTION =
  /^(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.)(?:[eE][+-]?\d(?:_?\d)*)?$|^\d(?:_?\d)*[eE][+-]?\d(?:_?\d)*$/;

function numberOf(text: string): number {
  const isInteger = INTEGER.test(text);
  if (!isInteger && !FRACTION.test(text)) fail();
  const value = Number(text.replaceAll('_', ''));
  const isExact = isInteger ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? value : fail();
}

function isEnd(reader: Reader, close: string | null): boolean {
  return peek(reader) === close;
}

/** Returns the next token where it is a sign; null at the end. */
function peek({ tokens, next }: Reader): string | null | undefined {
  const token = tokens[next];
  if (token === undefined) return null;
  return token.kind === 'sign' ? token.text : undefined;
}

function expect(reader: Reader, sign: string): void {
  if (peek(reader) !== sign) fail();
  reader.next++;
}

function fail(): never {
  throw NOT_LITERAL;
}
