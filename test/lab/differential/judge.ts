/** Whether what was seen of a packet is what the engine says of it. */
import { type Address, parseAddress } from '../../../src/network/address-text.ts';
import { type AddressSet, addressSet, contains, printAddresses } from '../../../src/network/addresses.ts';
import { has } from '../../../src/network/ranges.ts';
import { assertNever } from '../../../src/network/rule-parts.ts';
import { type Outcome, type PacketClass, translatedSet } from '../../../src/network/walk/outcomes.ts';
import type { PacketSet } from '../../../src/network/walk/packets.ts';
import type { SeenPacket } from './lab.ts';
import type { SentPacket } from './packet.ts';

export const NOT_SEEN = 'was not seen';

const one = (text: string) => addressSet(parseAddress(text)!);

const holds = (set: AddressSet, text: string) => contains(set, parseAddress(text) as Address);

const contain = (set: PacketSet, packet: SentPacket) =>
  holds(set.source, packet.source) &&
  holds(set.destination, packet.destination) &&
  has(set.protocol, packet.protocol) &&
  has(set.sourcePort, packet.sourcePort) &&
  has(set.destinationPort, packet.destinationPort);

const isBlurred = ({ outcomes }: PacketClass) => outcomes.some(({ verdict }) => verdict === 'unknown');

/** Why the parts do not fit what was seen; nothing where they do. */
export function judge(
  packet: SentPacket,
  seen: readonly SeenPacket[],
  parts: readonly PacketClass[],
  how: string,
): string[] {
  const owner = parts.filter((part) => contain(part.packets, packet));
  const about = `${how}: ${JSON.stringify(packet)}`;
  if (owner.length > 1 && owner.every(isBlurred)) return [];
  if (owner.length !== 1) return [`${about} is in ${owner.length} parts`];
  const { outcomes } = owner[0]!;
  if (outcomes.some((outcome) => fits(outcome, packet, seen))) return [];
  const what = seen.length > 0 ? `was seen as ${JSON.stringify(seen)}` : NOT_SEEN;
  return [`${about} ${what}, expected ${outcomes.map(described).join(' or ')}`];
}

function fits(outcome: Outcome, packet: SentPacket, all: readonly SeenPacket[]): boolean {
  switch (outcome.verdict) {
    case 'unknown':
      return true;
    case 'dropped':
    case 'refused':
    case 'unroutable':
      return all.length === 0;
    case 'passed':
    case 'forwarded':
      return all.length === 1 && isAt(all[0]!, outcome) && arrives(outcome, packet, all[0]!);
    case 'delivered':
      return all.length === 1 && all[0]!.at === 'local' && arrives(outcome, packet, all[0]!);
    default:
      return assertNever(outcome.verdict);
  }
}

const isAt = ({ at }: SeenPacket, { out }: Outcome) => at !== 'local' && (out === null || out === at);

function arrives(outcome: Outcome, packet: SentPacket, seen: SeenPacket): boolean {
  const ports = outcome.ports.destination ?? [packet.destinationPort, packet.destinationPort];
  return (
    holds(translatedSet(one(packet.source), outcome.source), seen.source) &&
    holds(translatedSet(one(packet.destination), outcome.destination), seen.destination) &&
    has(ports, seen.destinationPort) &&
    // a port that nobody translates is given up where another connection has it already
    (outcome.ports.source === null || has(outcome.ports.source, seen.sourcePort))
  );
}

function described({ verdict, out, source, destination, ports, steps, doubts }: Outcome): string {
  const show = (one: Outcome['source']) =>
    one === null
      ? 'as it was'
      : one.kind === 'unknown'
        ? one.reason
        : one.kind === 'netmap'
          ? `netmap ${printAddresses(one.network)}`
          : printAddresses(one.set);
  const because = steps.map((step) => (step.kind === 'rule' ? step.rule.text : step.kind)).join(' / ');
  const port = ports.destination === null ? '' : ` port ${ports.destination.join('-')}`;
  return `[${verdict} by ${out}, from ${show(source)}, to ${show(destination)}${port}; rules: ${because}; doubts: ${doubts.map(({ reason }) => reason).join(', ')}]`;
}
