/**
 * Replies, as SYN-ACKs are: conntrack gives them the addresses that the packets they answer had before nat, at the hooks
 * where nat has its place (linux 6.1, net/netfilter/nf_nat_core.c, nf_nat_packet). No chain of nat is evaluated for them.
 */
import { type AddressSet, equals } from '../addresses.ts';
import { type Ranges, same } from '../ranges.ts';
import type { Hook, Side } from '../ruleset.ts';
import { type ConnectionPlace, type Flow, flowOf } from './flow.ts';
import { UNKNOWN, ZERO } from './marks.ts';
import type { PacketSet } from './packets.ts';

/** The addresses and ports of replies once all nat of a namespace is undone. */
export type Original = Record<Side, { addresses: AddressSet; ports: Ranges<number> }>;

/** The facts that a namespace knows of the packets that are replied to. */
export interface KnownConnection {
  connection: Exclude<ConnectionPlace, 'first'>;
  /** True where nat gave the packets that are answered another address or port on a side; null: not known. */
  translated: Flow['translatedBefore'];
  /** Null: it has changed nothing of them. */
  original: Original | null;
}

/** Returns the packets that reply to these. */
export const repliesTo = (packets: PacketSet): PacketSet => ({
  source: packets.destination,
  destination: packets.source,
  protocol: packets.protocol,
  sourcePort: packets.destinationPort,
  destinationPort: packets.sourcePort,
});

/** @param input the interface that they come in by, '' where they are sent here, null where that is not known */
export function replying(
  packets: PacketSet,
  input: string | null,
  { connection, translated }: KnownConnection,
): Flow {
  return flowOf(packets, {
    in: input,
    connection,
    translatedBefore: translated,
    // marks were set by packets that went the other way
    connmark: connection === 'none' ? ZERO : UNKNOWN,
    passedConntrack: false,
    natDone: { source: true, destination: true },
  });
}

/** Gives replies their original addresses and ports on that side; OUTPUT routes what got another destination again. */
export function restored(before: Flow, side: Side, original: Original, hook: Hook): Flow {
  // nat comes after conntrack, whatever chains there are
  const flow = { ...before, passedConntrack: true };
  const { addresses, ports } = original[side];
  const field = side === 'source' ? 'sourcePort' : 'destinationPort';
  const isMoved = !equals(flow[side].translated, addresses);
  // IPVS does it by a table of its own, without conntrack
  const isUndone = flow.tracked || flow.connection === 'none';
  if (!isUndone || (!isMoved && same(flow[field].translated, ports))) return flow;
  const translation = { kind: 'address', set: addresses } as const;
  return {
    ...flow,
    [side]: { original: flow[side].original, translated: addresses, identity: false },
    [field]: { original: flow[field].original, translated: ports, identity: false },
    translations: { ...flow.translations, [side]: isMoved ? translation : flow.translations[side] },
    ...(hook === 'output' && isMoved && { reroute: 'due' as const, routedBy: flow.mark }),
  };
}
