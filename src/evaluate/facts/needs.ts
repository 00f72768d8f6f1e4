import { derivedFacts } from '../../derived/index.ts';
import { NODE_FACTS } from '../../fleet/nodes.ts';
import { WALKED_FACTS } from '../../fleet/walked-facts.ts';
import type { Read } from '../expression/reads.ts';
import { originsOf } from './derive.ts';

/** Facts that no collector gives, and the collected ones that they are made of. */
const MADE_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['host', []],
  ['netns', ['namespaces']],
  ['path', NODE_FACTS],
  ['senders', ['counters', ...NODE_FACTS]],
  ...[...WALKED_FACTS].map(([name, { from }]) => [name, from.map(({ id }) => id)] as const),
  // where interfaces lead: by addresses, and by default routes
  ['vrrp', ['addresses', 'keepalived', 'kernel', 'namespaces', 'routes']],
]);

/** Returns the collected facts that the readings are made of: those that a host has to be asked for. */
export function collectedFor(reads: readonly Pick<Read, 'fact' | 'keys'>[]): Set<string> {
  const facts = reads.flatMap((read) => (derivedFacts.has(read.fact) ? originsOf(read) : [read.fact]));
  return new Set(facts.flatMap((fact) => MADE_OF.get(fact) ?? [fact]));
}
