/** The objects of `nft -j list ruleset`, and edits of their list. */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { withLines } from '../network/nft/json.ts';
import { nftObjects } from '../network/nft/text.ts';
import { asList, asObject, type JsonObject, tagged } from '../network/nft/values.ts';
import { type Texts, textIn } from './texts.ts';

const PROBE = 'nat.nftables';

/** Returns the objects that nft lists: none where it lists none. */
export function listedObjects(texts: Texts, source: Source): Json[] {
  const text = textIn(texts, PROBE, 'the rules of nftables', source) ?? '';
  const json = text.replace(/^# listed: .*\n?/gm, '');
  if (json.trim() === '') return [];
  if (!/^\s*\{/.test(json)) return nftObjects(json, PROBE);
  return asList(asObject(JSON.parse(json) as Json)?.nftables ?? []);
}

/** Puts these objects in the place of what nft listed, one on a line; all of them are there by that. */
export const withObjects = (texts: Texts, objects: readonly Json[]): Texts =>
  texts.with(PROBE, `${[HEAD, objects.map((one) => JSON.stringify(one)).join(',\n'), END].join('\n')}\n`);
const HEAD = '{"nftables":[';
const END = ']}';

/** Returns the lines that `withObjects` would write of a listing, without commas, and where each stands in it. */
export function listedRows(listing: string): { text: string; line: number }[] {
  const text = listing.replace(/^# listed: .*\n?/gm, '');
  const isJson = /^\s*\{/.test(text);
  const objects = isJson
    ? asList(asObject(JSON.parse(text) as Json)?.nftables ?? [])
    : nftObjects(text, PROBE);
  // nft prints JSON on one line
  const isCompact = isJson && !text.trim().includes('\n');
  const placed = isJson && !isCompact ? withLines(objects, listing) : objects;
  const lineOf = (object: Json | undefined) => Number(objectParts(object ?? null).body.line ?? 1);
  return [
    { text: HEAD, line: 1 },
    ...objects.map((object, i) => ({
      text: JSON.stringify(object),
      line: isCompact ? 1 : lineOf(placed[i]),
    })),
    { text: END, line: 1 },
    { text: '', line: 1 },
  ];
}

/** Leaves tables (`ip nat`) out of nft's listing, as what iptables-nft prints of them is another now. */
export function withoutNftTables(texts: Texts, names: readonly string[], source: Source): Texts {
  if (!texts.get(PROBE).ok) return texts;
  return withObjects(
    texts,
    listedObjects(texts, source).filter((one) => !names.includes(tableOf(one))),
  );
}

/** Returns the table that an object is, or is of: `ip nat`. */
export function tableOf(object: Json): string {
  const [kind, value] = tagged(object);
  const body = asObject(value);
  return body === null ? '' : `${body.family} ${kind === 'table' ? body.name : body.table}`;
}

/** Returns an object's kind and body. */
export function objectParts(object: Json): { kind: string; body: JsonObject } {
  const [kind, value] = tagged(object);
  return { kind: kind ?? '', body: asObject(value) ?? {} };
}

/** Returns the objects of tables as a file has them; throws with the place in it. */
export function objectsIn(text: string, source: Source): Json[] {
  try {
    return nftObjects(text, '');
  } catch (error) {
    const [, line = '1', why = ''] = /^:(\d+): (.*)/s.exec((error as Error).message) ?? [];
    throw new UserError(why || (error as Error).message, {
      source: { ...source, line: source.line + Number(line) - 1 },
      hint: 'rules are read as nft list ruleset prints them',
      cause: error,
    });
  }
}
