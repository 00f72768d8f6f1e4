/** Reads `nft list ruleset` into the objects that `nft -j list ruleset` prints, so that both are read alike. */
import type { Json } from '../../model.ts';
import type { Table } from '../ruleset.ts';
import { readTables } from './tables.ts';
import { readTextRule } from './text-rules.ts';
import { readElements } from './text-values.ts';
import {
  type Cursor,
  done,
  expect,
  isAt,
  Misread,
  NEWLINE,
  peek,
  skip,
  take,
  tokenizeNft,
} from './tokens.ts';
import type { JsonObject } from './values.ts';

/** Reads a listing; throws on a text that is none, with the line. */
export const parseNftText = (text: string, origin: string): Table[] =>
  readTables(nftObjects(text, origin), origin);

/** Returns the objects that `nft -j` would print of a listing; throws as `parseNftText` does. */
export function nftObjects(text: string, origin: string): Json[] {
  const cursor: Cursor = { tokens: tokenizeNft(text), at: 0 };
  const lines = text.split('\n');
  try {
    const objects: Json[] = [];
    for (blank(cursor); !done(cursor); blank(cursor)) objects.push(...readTable(cursor, lines));
    return objects;
  } catch (error) {
    if (error instanceof Misread)
      throw new Error(`${origin}:${error.line}: ${error.message}`, { cause: error });
    throw error;
  }
}

const blank = (cursor: Cursor) => {
  while (skip(cursor, NEWLINE) || skip(cursor, ';'));
};

/** Yields at each statement inside braces. */
function* parts(cursor: Cursor): Generator<void> {
  expect(cursor, '{');
  for (blank(cursor); !skip(cursor, '}'); blank(cursor)) {
    if (done(cursor)) take(cursor);
    yield;
  }
}

function readTable(cursor: Cursor, lines: readonly string[]): Json[] {
  expect(cursor, 'table');
  const [family, name] = [take(cursor).text, take(cursor).text];
  const table: JsonObject = { family, name };
  const objects: Json[] = [{ table }];
  const rules: Json[] = [];
  for (const _ of parts(cursor)) {
    if (skip(cursor, 'flags')) table.flags = list(rest(cursor));
    else if (skip(cursor, 'chain')) {
      const chain = readChain(cursor, { family, table: name }, lines);
      objects.push({ chain: chain.chain });
      rules.push(...chain.rules);
    } else if (isAt(cursor, 'set') || isAt(cursor, 'map')) {
      const kind = take(cursor).text;
      objects.push({ [kind]: { family, table: name, ...readSet(cursor) } });
    } else if (OBJECTS.some((object) => isAt(cursor, object))) passOver(cursor);
    // a newer nft may list something that packets pass
    else throw new Misread(`in a table: ${JSON.stringify(peek(cursor)?.text)}`, peek(cursor)?.line ?? 1);
  }
  return [...objects, ...rules];
}

function readChain(
  cursor: Cursor,
  place: { family: string; table: string },
  lines: readonly string[],
): { chain: JsonObject; rules: Json[] } {
  const name = take(cursor).text;
  const chain: JsonObject = { ...place, name };
  const rules: Json[] = [];
  for (const _ of parts(cursor)) {
    // biome-ignore lint/style/noNonNullAssertion: `parts` yields where there is a token
    const { line } = peek(cursor)!;
    const all = rest(cursor);
    const tokens = all.map(({ text }) => text);
    const [first] = tokens;
    if (first === 'type' && tokens[2] === 'hook') {
      const at = tokens.indexOf('priority');
      const [type, , hook] = tokens.slice(1);
      // nft(8): the policy that a chain has where none is written
      Object.assign(chain, { type, hook, prio: tokens.slice(at + 1).join(' '), policy: 'accept' });
      // biome-ignore lint/style/noNonNullAssertion: nft writes a verdict after `policy`
    } else if (first === 'policy') chain.policy = tokens[1]!;
    else if (first !== 'comment') {
      // biome-ignore lint/style/noNonNullAssertion: the token stands on a line of the text
      const text = lines[line - 1]!.trim();
      rules.push({ rule: { ...place, chain: name, ...readTextRule({ tokens: all, at: 0 }), text, line } });
    }
  }
  return { chain, rules };
}

function readSet(cursor: Cursor): JsonObject {
  const set: JsonObject = { name: take(cursor).text };
  for (const _ of parts(cursor)) {
    if (skip(cursor, 'elements', '=')) set.elem = readElements(cursor);
    else {
      const tokens = rest(cursor);
      if (tokens[0]?.text === 'flags') set.flags = list(tokens.slice(1));
      // biome-ignore lint/style/noNonNullAssertion: nft writes the time after `timeout`
      if (tokens[0]?.text === 'timeout') set.timeout = tokens[1]!.text;
    }
  }
  return set;
}

const list = (tokens: Cursor['tokens']) => tokens.flatMap(({ text }) => (text === ',' ? [] : [text]));

/** Takes the tokens up to the end of this statement; braces may hold more lines. */
function rest(cursor: Cursor): Cursor['tokens'] {
  const from = cursor.at;
  for (let depth = 0; depth > 0 || !(isAt(cursor, NEWLINE) || isAt(cursor, ';') || isAt(cursor, '}')); ) {
    if (isAt(cursor, '{')) depth++;
    else if (isAt(cursor, '}')) depth--;
    take(cursor);
  }
  return cursor.tokens.slice(from, cursor.at).filter(({ text, quoted }) => quoted || text !== NEWLINE);
}

/** Skips objects that rules only name: counters, quotas, helpers, flowtables. */
const passOver = rest;

const OBJECTS = ['comment', 'counter', 'ct', 'flowtable', 'limit', 'quota', 'secmark', 'synproxy', 'tunnel'];
