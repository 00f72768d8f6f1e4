/** The allocation of source ports to a path's clients, as rules of this program see it. */
import { size } from '../network/addresses.ts';
import type { FleetPath } from '../network/paths/fleet-path.ts';
import { printSource, type SeenSource, totalOf } from '../network/paths/sources.ts';
import { losesPorts, poolSize } from '../network/walk/port-allocation.ts';
import type { PathPorts } from './path-fact.ts';
import { clientName, enumerated, MOST_NAMES, sendersText } from './path-text.ts';

/**
 * Returns the sources whose clients get their ports of rules, the one with the most clocks first: those whose clients lose
 * their own, if there are any.
 */
export function pooledSources({ sources }: Pick<FleetPath, 'sources'>): SeenSource[] {
  const losing = sources.filter(({ allocation }) => allocation !== null && losesPorts(allocation) !== false);
  return losing.length > 0 ? losing : sources.filter(({ allocation }) => allocation !== null);
}

export function portsOf(path: FleetPath): PathPorts {
  const pooled = pooledSources(path);
  const [worst] = pooled;
  if (worst === undefined || worst.allocation === null) return NO_POOL;
  const { addresses, clocks, allocation, rules } = worst;
  const senders = pooled.flatMap((source) => source.senders);
  const byPort = senders.filter((sender) => sender.byPort === true);
  return {
    source: enumerated(pooled, printSource),
    who: sendersText(senders),
    random: allocation.random,
    rewritten: ANSWERS[String(losesPorts(allocation)) as keyof typeof ANSWERS],
    pool: poolSize(allocation) * Number(size(addresses)),
    addresses: Number(size(addresses)),
    held: rules.at(-1)?.node.portsHeld ?? -1,
    clients: totalOf(senders.map(({ client }) => client)),
    clocks,
    mixed: ANSWERS[String(mixesStamps(worst)) as keyof typeof ANSWERS],
    by_port: byPort.slice(0, MOST_NAMES).map(({ client }) => clientName(client)),
    kernels: [...new Set(byPort.flatMap(({ client }) => client.node?.kernel.release ?? []))].sort(),
  };
}

const ANSWERS = { true: 'yes', false: 'no', null: 'unknown' } as const;

/** Tells whether timestamps that do not follow each other leave by one port; null: not known. */
function mixesStamps({ clocks, unknown, senders }: SeenSource): boolean | null {
  if (clocks > 1) return true;
  return unknown > 0 || senders.some(({ byPort }) => byPort === null) ? null : false;
}

const NO_POOL: PathPorts = {
  source: '',
  who: '',
  random: '',
  rewritten: 'no',
  pool: 0,
  addresses: 0,
  held: -1,
  clients: 0,
  clocks: 0,
  mixed: 'no',
  by_port: [],
  kernels: [],
};
