/** Finds what nft would make of the elements of a set or map. nft(8), ELEMENTS COMMAND. */
import { UserError } from '../errors.ts';
import type { Json, Source } from '../model.ts';
import { writeElement } from '../network/nft/print.ts';
import { asList } from '../network/nft/values.ts';
import { refuseTwins } from './nft-rules.ts';
import { listedObjects, objectParts, objectsIn, tableOf, withObjects } from './nft-text.ts';
import type { Texts } from './texts.ts';

/** The table, as `ip nat`, and the name of a set or map. */
interface SetPlace {
  key: string;
  name: string;
}

/** @param text the elements in their braces; where `verb` is flush, none of them are left */
export function withElements(
  texts: Texts,
  { key, name }: SetPlace,
  verb: string,
  text: string,
  source: Source,
): Texts {
  refuseTwins(texts, key, source);
  const list = listedObjects(texts, source);
  const at = list.findIndex((one) => {
    const { kind, body } = objectParts(one);
    return /^(set|map)$/.test(kind) && tableOf(one) === key && body.name === name;
  });
  const known = list[at];
  if (known === undefined)
    throw new UserError(`${texts.name} has no set or map ${name} in table ${key} of nftables`, { source });
  const { kind, body } = objectParts(known);
  const before = asList(body.elem ?? []);
  const elem = changed(before, verb, () => elementsIn(text, { key, name }, kind, source), source);
  return withObjects(texts, list.with(at, { [kind]: { ...body, elem } }));
}

function changed(before: Json[], verb: string, said: () => Json[], source: Source): Json[] {
  if (verb === 'flush') return [];
  const meant = said();
  if (verb === 'add' || verb === 'create') return [...before, ...meant];
  const gone = new Set(meant.map(keyOf));
  const known = new Set(before.map(keyOf));
  const strange = [...gone].find((one) => !known.has(one));
  if (strange !== undefined)
    throw new UserError(`no element is ${strange}`, {
      source,
      hint: 'an element is deleted as nft lists it: networks and ranges whole',
    });
  return before.filter((one) => !gone.has(keyOf(one)));
}

/** Of a map, the key alone says which element is meant. */
const keyOf = (element: Json): string =>
  writeElement(Array.isArray(element) ? (element[0] ?? null) : element);

/** `{ 10.0.0.1, 10.0.1.0/24 }`, read as a listing has them; what is wrapped around stands on two lines above. */
function elementsIn(text: string, { key, name }: SetPlace, kind: string, source: Source): Json[] {
  const wrapped = `table ${key} {\n${kind} ${name} {\nelements = ${text}\n}\n}`;
  const [set] = objectsIn(wrapped, { ...source, line: source.line - 2 }).filter(
    (one) => objectParts(one).kind === kind,
  );
  return set === undefined ? [] : asList(objectParts(set).body.elem ?? []);
}
