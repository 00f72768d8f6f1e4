import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Collector } from '../define.ts';

/** Every collector, in the order of their ids: the files of this folder, so that adding one touches no other file. */
export const collectors: ReadonlyMap<string, Collector> = await loadCollectors(import.meta.dirname);

async function loadCollectors(folder: string): Promise<Map<string, Collector>> {
  const ending = extname(import.meta.filename);
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.endsWith(`.d${ending}`))
    .map((name) => name.slice(0, -ending.length))
    .filter((id) => id !== 'index')
    .sort();
  return new Map(
    await Promise.all(ids.map(async (id) => [id, await loadCollector(folder, id, ending)] as const)),
  );
}

async function loadCollector(folder: string, id: string, ending: string): Promise<Collector> {
  const { default: collector } = (await import(pathToFileURL(join(folder, id + ending)).href)) as {
    default?: Collector;
  };
  if (collector?.id !== id)
    throw new Error(`${join(folder, id + ending)} must export a collector with the id "${id}"`);
  return collector;
}
