/** One drawn case: load it, read it back, walk it, send it, compare. */
import { parseAddresses } from '../../../src/network/addresses.ts';
import { receive, send } from '../../../src/network/walk/walk.ts';
import type { Case } from './case.ts';
import { everyPacket, isSure, judge, NOT_SEEN, setOf } from './judge.ts';
import type { Lab, SeenPacket, SentPacket } from './lab.ts';
import { load, readBack } from './read-back.ts';
import { isOwn, OWN } from './universe.ts';

export interface Compared {
  packets: number;
  /** Of how many the engine knew the one outcome. */
  sure: number;
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
  if (refused) return { packets: 0, sure: 0, refused, disagreements: [] };
  const namespace = await readBack(lab);
  const sent = drawn.packets.map((packet) => ({ id: nextId++, ...packet }));
  await lab.send(sent);
  const whole = {
    in0: receive(namespace, everyPacket(drawn.version), 'in0'),
    in1: receive(namespace, everyPacket(drawn.version), 'in1'),
    own: send(namespace, { ...everyPacket(drawn.version), source: parseAddresses(OWN[drawn.version])! }),
  };
  const single = sent.map((packet) => {
    const input = inputOf(packet);
    return input === 'own' ? send(namespace, setOf(packet)) : receive(namespace, setOf(packet), input);
  });
  const seen = new Map<number, SeenPacket>();
  let disagreements: string[] = [];
  // what is late is no disagreement
  for (const patience of [0, 200]) {
    await new Promise((done) => setTimeout(done, patience));
    for (const packet of await lab.seen()) seen.set(packet.id, packet);
    disagreements = sent.flatMap((packet, i) => [
      ...judge(packet, seen.get(packet.id), single[i]!, 'alone'),
      ...judge(packet, seen.get(packet.id), whole[inputOf(packet)], 'among all'),
    ]);
    if (disagreements.length === 0) break;
  }
  const sure = single.filter((parts) => parts.length === 1 && isSure(parts[0]!)).length;
  return { packets: sent.length, sure, refused: null, disagreements };
}

function inputOf({ source, destination }: Omit<SentPacket, 'id'>): 'in0' | 'in1' | 'own' {
  if (isOwn(source)) return 'own';
  return /^(10\.60\.|fd60:)/.test(destination) ? 'in1' : 'in0';
}
