/** Counts the clocks that arrive from one address, of the senders that an intent speaks of. */
import { sendersText } from '../fleet/path-text.ts';
import { groupedBy } from '../grouped-by.ts';
import { equals, setKey } from '../network/addresses.ts';
import type { ClientTrace } from '../network/paths/client-traces.ts';
import { printSource, type SeenSource, sourcesOf } from '../network/paths/sources.ts';

/** Senders that arrive from one address with too many clocks, or maybe so. */
export interface SharedAddress {
  certain: boolean;
  clientTraces: ClientTrace[];
  why: string;
}

/** Returns the addresses from which more clocks than `most` arrive at one namespace and address, or may do so. */
export function clockBreaches(clientTraces: readonly ClientTrace[], most: number): SharedAddress[] {
  const ends = groupedBy(clientTraces, ({ trace: { hops, packets } }) =>
    [hops.at(-1)?.node.name, setKey(packets.destination)].join(' '),
  );
  return [...ends.values()].flatMap((arriving) => [
    ...sourcesOf(arriving).flatMap((source) => breachAt(source, arriving, most)),
    ...ofOutside(arriving),
  ]);
}

function breachAt(source: SeenSource, arriving: readonly ClientTrace[], most: number): SharedAddress[] {
  const { clocks, unknown, certain, senders } = source;
  const clientTraces = arriving.filter(({ trace }) => equals(trace.packets.source, source.addresses));
  const from = `from ${printSource(source)} with`;
  if (clocks > most && certain)
    return [
      {
        certain: true,
        clientTraces,
        why: `${sendersText(senders)} arrive ${from} ${clocks} different clocks`,
      },
    ];
  // who is outside may be many; a kernel that is not known may have a clock for each connection
  const atMost = senders.some(({ client }) => client.node === null)
    ? Number.POSITIVE_INFINITY
    : clocks + 2 * unknown;
  if (atMost <= most) return [];
  const why = `${sendersText(senders)} arrive ${from} ${clocks} clocks that are known: whether there are more than ${most} is not known`;
  return [{ certain: false, clientTraces, why }];
}

/** Whoever is outside and keeps the own address may stand for others, behind a NAT that nobody of the fleet sees. */
function ofOutside(arriving: readonly ClientTrace[]): SharedAddress[] {
  const kept = arriving.filter(
    ({ clients, trace }) =>
      clients.some(({ node }) => node === null) && trace.hops.every(({ outcome }) => outcome.source === null),
  );
  const why = 'whether several clocks outside share an address is not known';
  return kept.length === 0 ? [] : [{ certain: false, clientTraces: kept, why }];
}
