/** The hooks that packets may have passed before they leave, as far as one ruleset shows. */
import type { Address } from '../address-text.ts';
import { contains } from '../addresses.ts';
import { allRules, destinationRules, unknownRules } from '../nat-rules.ts';
import { has } from '../ranges.ts';
import { everyAction, everyMatch, marksConnection, type PlainAction } from '../rule-parts.ts';
import type { Ruleset } from '../ruleset.ts';
import type { History } from '../walk/leave.ts';
import { type Bits, bits, UNKNOWN, ZERO } from '../walk/marks.ts';

/** A packet about to leave. Fields that are null are not known. */
export interface LeavingPacket {
  source: Address;
  destination: Address;
  protocol: number | null;
  sourcePort: number | null;
  destinationPort: number | null;
  mark: number;
  /** The interface that it came in by. */
  in: string | null;
  out: string | null;
  /** The address that MASQUERADE gives. */
  outAddress: Address | null;
}

export interface Past {
  fromStart: boolean;
  connmark: Bits;
  /** True when a rule sets marks of packets. */
  marks: boolean;
}

/** Returns the possible effects of the hooks before on the packet, as far as the rules show. */
export function pastOf(ruleset: Ruleset): Past {
  const rules = [...allRules(ruleset.tables)].map(({ rule }) => rule);
  const ipvs = rules.some((rule) =>
    [...everyMatch(rule)].some(({ kind }) => kind === 'ipvs' || kind === 'virtual'),
  );
  const marksConnections = rules.some((rule) => [...everyAction(rule)].some(marksConnection));
  return {
    fromStart:
      !ipvs && destinationRules(ruleset).length === 0 && unknownRules(ruleset, 'destination').length === 0,
    connmark: marksConnections ? UNKNOWN : ZERO,
    marks: rules.some((rule) => [...everyAction(rule)].some(marksPacket)),
  };
}

const marksPacket = (action: PlainAction): boolean =>
  action.kind === 'unknown' ||
  (action.kind === 'setMark' && action.of === 'packet') ||
  (action.kind === 'copyMark' && action.to === 'packet');

/** Tells whether there are chains at the hooks before POSTROUTING that are not of nat. */
export function hasOtherHooks({ tables }: Ruleset): boolean {
  return tables.some(({ chains }) =>
    [...chains.values()].some(
      ({ base }) => base !== null && base.type !== 'nat' && base.hook !== 'postrouting',
    ),
  );
}

/** Returns the history where nothing but nat is known. */
export const natAloneOf = ({ fromStart, connmark }: Past, { out, mark }: LeavingPacket): History => ({
  about: { out, mark: bits(mark), fromStart, connmark },
  before: [],
  doubt: null,
});

/** Returns all that may have been before: forwarded as it is, with its destination translated, or sent from here. */
export function historiesOf(ruleset: Ruleset, past: Past, packet: LeavingPacket): History[] {
  const { out, in: input } = packet;
  const plain = { out, mark: bits(packet.mark), connmark: ZERO, fromStart: past.fromStart };
  const came: History = {
    about: { ...plain, in: input, passedConntrack: false },
    before: ['prerouting', 'forward'],
    doubt: null,
  };
  const translated: History = {
    about: { ...plain, in: input, mark: past.marks ? UNKNOWN : plain.mark, connmark: past.connmark },
    before: ['forward'],
    doubt: 'whether it was sent to this destination, or a rule of nat has led it there',
  };
  const sent: History = {
    about: { ...plain, in: '', passedConntrack: false },
    before: ['output'],
    doubt: 'whether it is forwarded, or sent by this host itself (--in tells)',
  };
  const others = [...(mayLeadTo(ruleset, packet) ? [translated] : []), ...(input === null ? [sent] : [])];
  const [other] = others;
  return other ? [{ ...came, doubt: other.doubt }, ...others] : [came];
}

/** Tells whether a rule may have translated the packet's destination into what it is. */
function mayLeadTo(ruleset: Ruleset, { destination, destinationPort }: LeavingPacket): boolean {
  return destinationRules(ruleset).some(({ rule }) =>
    [...everyAction(rule)].some((action) => {
      if (action.kind !== 'translate') return action.kind === 'netmap' || action.kind === 'unknown';
      const there = action.addresses !== null && contains(action.addresses, destination);
      return (
        there && (action.ports === null || destinationPort === null || has(action.ports, destinationPort))
      );
    }),
  );
}
