/** What twlint makes of a folder of pasted texts: its facts, and how these compare with those of other texts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { planFor } from '../../../src/collect/plan.ts';
import { collectors } from '../../../src/collectors/index.ts';
import type { Parsed } from '../../../src/define.ts';
import { readHost } from '../../../src/host/host-model.ts';
import { readArchive } from '../../../src/media/archive.ts';
import type { MediumFile } from '../../../src/model.ts';

const QUESTIONS = planFor(collectors.keys(), collectors, 'all').atRest;

export type Facts = ReadonlyMap<string, Parsed<unknown>>;

export interface ReadPaste {
  facts: Facts;
  files: readonly MediumFile[];
}

/** Writes the files into a folder, and reads it. Facts of other namespaces bear their name: `nat in blue`. */
export async function readPaste(folder: string, files: Record<string, string>): Promise<ReadPaste> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const archive = await readArchive(folder, QUESTIONS);
  if (!archive.ok) return { facts: new Map(), files: [] };
  const [first] = archive.value.hosts;
  if (first === undefined) throw new Error(`${folder}: no host`);
  const host = readHost(first.evidence);
  const facts = new Map<string, Parsed<unknown>>();
  for (const collector of collectors.values())
    for (const { name, read } of collector.scope === 'host'
      ? [host].map((it) => ({ name: '', read: it.read }))
      : host.namespaces) {
      const answer = read(collector);
      if (answer.ok)
        facts.set(
          name === '' || name === 'init' ? collector.id : `${collector.id} in ${name}`,
          answer.value.fact,
        );
    }
  return { facts, files: first.evidence.medium?.files ?? [] };
}

/** Places differ between pastes that tell the same. */
const bare = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner) => (key === 'line' || key === 'origin' ? undefined : inner)));

/**
 * How a paste compares with a clean one. `same`: it tells all that the other does. `part`: some of it, and says that it is
 * a part. `nothing`: it tells nothing. `other`: it tells what the other does not.
 */
export type Comparison = 'same' | 'part' | 'nothing' | 'other';

const WORST: readonly Comparison[] = ['other', 'nothing', 'part', 'same'];

export function compared(clean: Facts, pasted: Facts): Comparison {
  const each = [...clean].map(([id, fact]) => comparedFact(fact, pasted.get(id)));
  return WORST.find((one) => each.includes(one)) ?? 'nothing';
}

function comparedFact(clean: Parsed<unknown>, pasted: Parsed<unknown> | undefined): Comparison {
  if (pasted === undefined) return 'nothing';
  const [a, b] = [bare(clean.value), bare(pasted.value)];
  if (JSON.stringify(a) === JSON.stringify(b)) return 'same';
  const isPart =
    pasted.partial !== undefined ||
    [pasted.unreadable, pasted.within].some((lacking) => Object.keys(lacking ?? {}).length > 0);
  return isPart && isWithin(b, a) ? 'part' : 'other';
}

/** Tells whether a value is another one with less in it. */
function isWithin(less: unknown, more: unknown): boolean {
  if (Array.isArray(less) && Array.isArray(more))
    return less.every((item) => more.some((one) => isWithin(item, one)));
  if (typeof less === 'object' && less !== null && typeof more === 'object' && more !== null)
    return Object.entries(less).every(([key, inner]) =>
      isWithin(inner, (more as Record<string, unknown>)[key]),
    );
  return less === more;
}
