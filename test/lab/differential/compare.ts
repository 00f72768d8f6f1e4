/** One case: load it, audit it, walk it, send it, compare. */
import { printAddress } from '../../../src/network/address-text.ts';
import type { Namespace } from '../../../src/network/walk/namespace.ts';
import type { PacketClass } from '../../../src/network/walk/outcomes.ts';
import type { PacketSet } from '../../../src/network/walk/packets.ts';
import { receive, send, sourceFor } from '../../../src/network/walk/walk.ts';
import { audit } from './audit.ts';
import type { Case } from './case.ts';
import { type Certainty, certaintyOf } from './certainty.ts';
import { judge, NOT_SEEN } from './judge.ts';
import type { Lab, SeenPacket } from './lab.ts';
import { load } from './load.ts';
import { everyPacket, type SentPacket, setOf, versionOf } from './packet.ts';
import { UNBOUND } from './universe.ts';

export interface Compared {
  /** Of each packet, how sure the engine is. */
  certainty: Certainty[];
  /** Why a program would not load the rules; null where it did. */
  refused: string | null;
  disagreements: string[];
}

/** Packets that did not arrive in time are sent up to twice more: the machine may be busy. */
const ATTEMPTS = 3;

export async function compare(lab: Lab, drawn: Case): Promise<Compared> {
  let result = await compareOnce(lab, drawn);
  for (let attempt = 1; attempt < ATTEMPTS && onlyLate(result); attempt++)
    result = await compareOnce(lab, drawn);
  return result;
}

const onlyLate = ({ disagreements }: Compared) =>
  disagreements.length > 0 && disagreements.every((text) => text.includes(NOT_SEEN));

/** What is late from an earlier case is not taken for one of this. */
let nextId = 0;

async function compareOnce(lab: Lab, drawn: Case): Promise<Compared> {
  const refused = await load(lab, drawn);
  if (refused) return { certainty: [], refused, disagreements: [] };
  const namespace = await audit(lab);
  const all = drawn.packets.map((packet) => ({ id: nextId++, ...packet }));
  const unsent = new Set(await lab.send(all));
  const sent = all.flatMap((packet) => (unsent.has(packet.id) ? [] : (bound(packet, namespace) ?? [])));
  const single = sent.map((packet) => walked(namespace, packet.in, setOf(packet)));
  const amongAll = walkAll(namespace, sent);
  const seen = new Map<number, SeenPacket[]>();
  let disagreements: string[] = [];
  // what is late is no disagreement
  for (const patience of lab.patience) {
    await new Promise((done) => setTimeout(done, patience));
    for (const packet of await lab.seen()) seen.set(packet.id, [...(seen.get(packet.id) ?? []), packet]);
    disagreements = sent.flatMap((packet, i) => {
      const what = seen.get(packet.id) ?? [];
      const parts = amongAll(packet);
      return [
        ...judge(packet, what, single[i]!, 'alone'),
        ...(parts ? judge(packet, what, parts, 'among all') : []),
      ];
    });
    if (disagreements.length === 0) break;
  }
  return { certainty: single.map(certaintyOf), refused: null, disagreements };
}

/** A packet with the source that the engine says its socket gets where it binds to none; null: none that is known. */
function bound(packet: SentPacket, namespace: Namespace): SentPacket | null {
  if (packet.in !== '' || packet.source !== UNBOUND[versionOf(packet)]) return packet;
  const source = sourceFor(namespace, setOf(packet));
  return source && { ...packet, source: printAddress(source) };
}

const walked = (namespace: Namespace, input: SentPacket['in'], packets: PacketSet): PacketClass[] =>
  input === '' ? send(namespace, packets) : receive(namespace, packets, input);

/**
 * The walk of every packet that there is by the way that the first packet takes: those of that way must be found in it.
 * It costs more than all else, so that each case has one.
 */
function walkAll(
  namespace: Namespace,
  [first]: readonly SentPacket[],
): (packet: SentPacket) => PacketClass[] | null {
  if (!first) return () => null;
  const version = versionOf(first);
  const parts = walked(namespace, first.in, everyPacket(version));
  return (packet) => (packet.in === first.in && versionOf(packet) === version ? parts : null);
}
