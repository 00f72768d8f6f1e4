/** Whether what was seen of a packet is what the engine says of it. */
import { type Address, parseAddress } from '../../../src/network/address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  printAddresses,
} from '../../../src/network/addresses.ts';
import { has } from '../../../src/network/ranges.ts';
import { type Outcome, type PacketClass, translatedSet } from '../../../src/network/walk/outcomes.ts';
import { type PacketSet, packets as packetSet } from '../../../src/network/walk/packets.ts';
import type { SeenPacket, SentPacket } from './lab.ts';
import type { Version } from './universe.ts';

export const NOT_SEEN = 'was not seen';

const one = (text: string) => addressSet(parseAddress(text)!);

export function setOf({ protocol, source, sourcePort, destination, destinationPort }: SentPacket): PacketSet {
  return packetSet(one(source), one(destination), {
    protocol: [protocol, protocol],
    sourcePort: [sourcePort, sourcePort],
    destinationPort: [destinationPort, destinationPort],
  });
}

/** All packets there are: those sent are a sample of them. */
export function everyPacket(version: Version): PacketSet {
  const whole = version === 4 ? ALL4 : ALL6;
  return packetSet(whole, whole);
}

const holds = (set: AddressSet, text: string) => contains(set, parseAddress(text) as Address);

const contain = (set: PacketSet, packet: SentPacket) =>
  holds(set.source, packet.source) &&
  holds(set.destination, packet.destination) &&
  has(set.protocol, packet.protocol) &&
  has(set.sourcePort, packet.sourcePort) &&
  has(set.destinationPort, packet.destinationPort);

export const isSure = ({ outcomes }: PacketClass) =>
  outcomes.length === 1 && outcomes[0]!.verdict !== 'unknown' && outcomes[0]!.source?.kind !== 'pool';

const isBlurred = ({ outcomes }: PacketClass) => outcomes.some(({ verdict }) => verdict === 'unknown');

/** Why the parts do not fit what was seen; nothing where they do. */
export function judge(
  packet: SentPacket,
  seen: SeenPacket | undefined,
  parts: readonly PacketClass[],
  how: string,
): string[] {
  const owner = parts.filter((part) => contain(part.packets, packet));
  const about = `${how}: ${JSON.stringify(packet)}`;
  if (owner.length > 1 && owner.every(isBlurred)) return [];
  if (owner.length !== 1) return [`${about} is in ${owner.length} parts`];
  const { outcomes } = owner[0]!;
  // a handshake takes more packets than the one that is walked, and replies: it may fail for reasons of theirs
  if (packet.protocol === 6 && !seen) return [];
  if (outcomes.some((outcome) => fits(outcome, packet, seen))) return [];
  const what = seen ? `was seen as ${JSON.stringify(seen)}` : NOT_SEEN;
  return [`${about} ${what}, expected ${outcomes.map(described).join(' or ')}`];
}

function fits(outcome: Outcome, packet: SentPacket, seen: SeenPacket | undefined): boolean {
  if (outcome.verdict === 'unknown') return true;
  if (outcome.verdict !== 'forwarded') return seen === undefined;
  if (outcome.source?.kind === 'unknown') return true;
  if (!seen) return false;
  const goal = translatedSet(one(packet.destination), outcome.destination);
  const ports = outcome.ports.destination ?? [packet.destinationPort, packet.destinationPort];
  return (
    holds(translatedSet(one(packet.source), outcome.source), seen.source) &&
    holds(goal, seen.destination) &&
    has(ports, seen.destinationPort)
  );
}

function described({ verdict, out, source, destination, steps, doubts }: Outcome): string {
  const show = (one: Outcome['source']) =>
    one === null
      ? 'as it was'
      : one.kind === 'unknown'
        ? one.reason
        : one.kind === 'netmap'
          ? `netmap ${printAddresses(one.network)}`
          : printAddresses(one.set);
  const because = steps.map((step) => (step.kind === 'rule' ? step.rule.text : step.kind)).join(' / ');
  return `[${verdict} by ${out}, from ${show(source)}, to ${show(destination)}; rules: ${because}; doubts: ${doubts.map(({ reason }) => reason).join(', ')}]`;
}
