import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DerivedFact } from '../define-derived.ts';

/** Files that are no facts of their own. */
const OTHERS = ['index', 'known'];

/** Every derived fact, in the order of their ids: the files of this folder, so that adding one touches no other file. */
export const derivedFacts: ReadonlyMap<string, DerivedFact> = await loadDerivedFacts(import.meta.dirname);

async function loadDerivedFacts(folder: string): Promise<Map<string, DerivedFact>> {
  const ending = extname(import.meta.filename);
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.endsWith(`.d${ending}`))
    .map((name) => name.slice(0, -ending.length))
    .filter((id) => !OTHERS.includes(id))
    .sort();
  return new Map(
    await Promise.all(ids.map(async (id) => [id, await loadDerivedFact(folder, id, ending)] as const)),
  );
}

async function loadDerivedFact(folder: string, id: string, ending: string): Promise<DerivedFact> {
  const { default: fact } = (await import(pathToFileURL(join(folder, id + ending)).href)) as {
    default?: DerivedFact;
  };
  if (fact?.id !== id)
    throw new Error(`${join(folder, id + ending)} must export a derived fact with the id "${id}"`);
  return fact;
}
