/** Reads `nft -j list ruleset`. */
import type { Json } from '../../model.ts';
import type { Table } from '../ruleset.ts';
import { readTables } from './tables.ts';
import { asList, asObject } from './values.ts';

/** Reads a listing; `origin` is the name that a finding uses for the text. Throws on a text that is no such listing. */
export const parseNftJson = (text: string, origin: string): Table[] =>
  readTables(withLines(listedIn(text, origin), text), origin);

/** Returns the objects of a listing. Throws on a text that is none. */
export function listedIn(text: string, origin: string): Json[] {
  const objects = asList(asObject(parse(text, origin))?.nftables);
  if (objects.length === 0) throw new Error(`${origin}: no list of "nftables" in it`);
  return objects;
}

/** Returns the objects of a text, each rule with the line that it stands on. */
export function withLines(objects: readonly Json[], text: string): Json[] {
  const lines = linesOfRules(text);
  return objects.map((object): Json => {
    const rule = asObject(asObject(object)?.rule);
    return rule ? { rule: { ...rule, line: lines.next().value } } : object;
  });
}

/** Parses the JSON; newer versions of nft may begin with warnings. */
function parse(text: string, origin: string): Json {
  try {
    return JSON.parse(text.replace(/^(\s*#.*\n)+/, '')) as Json;
  } catch (cause) {
    throw new Error(`${origin}: ${(cause as Error).message}`, { cause });
  }
}

/** Yields the line of the text on which each rule stands: nft prints it all on one, other programs may not. */
function* linesOfRules(text: string): Generator<number, number> {
  let line = 1;
  let from = 0;
  for (const match of text.matchAll(/"rule"\s*:/g)) {
    for (; from < match.index; from++) if (text.charCodeAt(from) === 10) line++;
    yield line;
  }
  return line;
}
