/** One change: packets are sent before and after it, and what became of each is compared with what plan says. */

import { UserErrors } from '../../../src/errors.ts';
import { parseAddress, printAddress } from '../../../src/network/address-text.ts';
import { ALL, contains, unionOf } from '../../../src/network/addresses.ts';
import { type Cell, type Difference, differencesOfCells } from '../../../src/network/reach/differences.ts';
import { cellsAt, changedDestinations } from '../../../src/network/reach/local-differences.ts';
import { addressesOf } from '../../../src/network/reach/questions.ts';
import { isSettled, type Reach } from '../../../src/network/reach/reach.ts';
import type { NetnsNode } from '../../../src/network/topology/nodes.ts';
import { common } from '../../../src/network/walk/packets.ts';
import { sourceFor } from '../../../src/network/walk/walk.ts';
import { overlaid } from '../../../src/plan/overlay.ts';
import { readProposal } from '../../../src/plan/proposal.ts';
import { evidenceOf, nodeIn } from '../differential/audit.ts';
import type { Case } from '../differential/case.ts';
import type { Lab, SeenPacket } from '../differential/lab.ts';
import { load } from '../differential/load.ts';
import { everyPacket, type SentPacket, setOf, versionOf } from '../differential/packet.ts';
import { UNBOUND } from '../differential/universe.ts';
import { type Change, changeOf } from './change.ts';

export interface ChangeCompared {
  change: Change;
  /** Why a program would not load the rules or make the change; null where it did. */
  refused: string | null;
  /** Why plan would not make the change, which the kernel takes; null where it did. */
  declined: string | null;
  /** Packets that fared otherwise, as was said; that fared as before, as was said; and of which nothing could be said. */
  flips: number;
  stays: number;
  open: number;
  disagreements: string[];
}

const NOTHING = { declined: null, flips: 0, stays: 0, open: 0, disagreements: [] as string[] };

let nextId = 1_000_000;

/**
 * @param everywhere whether what the namespace changes about packets of every interface is looked at, too
 * @returns null where the seed's change is none of this router
 */
export async function compareChange(
  lab: Lab,
  drawn: Case,
  seed: number,
  everywhere: boolean,
): Promise<ChangeCompared | null> {
  // whatever the change does to settings and routes is undone before the next
  if ((await load(lab, { ...drawn, setup: drawn.setup || ':' })) !== null) return null;
  const evidence = await evidenceOf(lab);
  const change = changeOf(drawn, evidence, seed);
  if (change === null) return null;
  const [before, inode] = [nodeIn(evidence), inodeOf(evidence.evidence)];
  const then = await fates(lab, drawn.packets);
  try {
    await lab.router(`${change.script}\nconntrack -F 2>/dev/null`);
  } catch (error) {
    return { change, ...NOTHING, refused: (error as Error).message };
  }
  const now = await fates(lab, drawn.packets);
  try {
    const proposals = change.proposals.flatMap((text) => readProposal(text, '--with'));
    const after = nodeIn(overlaid(evidence, { name: 'router', inode }, proposals));
    return { change, refused: null, ...judged(before, after, drawn.packets, then, now, everywhere) };
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    return { change, ...NOTHING, refused: null, declined: error.message };
  }
}

const inodeOf = (evidence: readonly { namespace: string | null }[]) =>
  evidence.flatMap(({ namespace }) => namespace ?? [])[0]!;

/** What became of each packet: equal texts for equal fates; null where no socket could send it. */
async function fates(lab: Lab, packets: Case['packets']): Promise<(string | null)[]> {
  const all = packets.map((packet) => ({ id: nextId++, ...packet }));
  const unsent = new Set(await lab.send(all));
  await new Promise((done) => setTimeout(done, PATIENCE));
  const seen = new Map<number, SeenPacket[]>();
  for (const packet of await lab.seen()) seen.set(packet.id, [...(seen.get(packet.id) ?? []), packet]);
  return all.map(({ id }) => (unsent.has(id) ? null : (seen.get(id) ?? []).map(fateText).sort().join(', ')));
}

/** Packets within this machine are there at once, unless it is busy. */
const PATIENCE = 120;

const fateText = ({ at, source, destination, destinationPort }: SeenPacket) =>
  `${at}: ${source} → ${destination}:${destinationPort}`;

function judged(
  before: NetnsNode,
  after: NetnsNode,
  packets: Case['packets'],
  then: readonly (string | null)[],
  now: readonly (string | null)[],
  everywhere: boolean,
): typeof NOTHING {
  const result: typeof NOTHING = { ...NOTHING, disagreements: [] };
  const asked = new Map<string, Question>();
  // it walks all packets by every interface, which costs more than all else
  const touched = everywhere ? changedDestinations(before, after) : ALL;
  // of what sockets send, that from their own addresses is asked; these are set to let sockets bind to any
  const own = unionOf([addressesOf(before), addressesOf(after)]);
  for (const [i, sent] of packets.entries()) {
    const packet = { id: 0, ...sent };
    const [a, b] = [then[i], now[i]];
    if (a == null || b == null) continue;
    const whole = bound(packet, before, after);
    if (!whole) continue;
    const key = `${packet.in} ${versionOf(packet)}`;
    const question = asked.get(key) ?? ask(before, after, packet);
    asked.set(key, question);
    const set = setOf(whole);
    const meets = ({ packets: all }: Difference) => common(all, set) !== null;
    const mine = (cells: readonly Cell[]) =>
      cells.filter((cell) => common(cell.packets, set) !== null).flatMap(({ ways }) => ways);
    const differing = question.differences.filter(meets);
    const ways = [mine(question.before), mine(question.after)];
    const about = `${JSON.stringify(packet)}: ${a || 'not seen'} ⇒ ${b || 'not seen'}`;
    const isSure = ways.every((side) => side.length === 1 && side.every(isSettled));
    // what arrives nowhere is something else, whatever the kernel draws on the other side
    const isDrawn =
      ways.flat().some(isDrawnByKernel) &&
      !differing.some(({ kind }) => kind === 'stops' || kind === 'starts');
    if (!isSure || isDrawn || isUnseen(ways.flat(), differing)) {
      result.open++;
    } else if (a !== b && differing.length === 0)
      result.disagreements.push(`${about}, and no difference was predicted`);
    else if (a === b && differing.length > 0)
      result.disagreements.push(`${about}, and predicted was: ${differing.map(({ kind }) => kind).join()}`);
    else if (
      a !== b &&
      (packet.in !== '' || contains(own, parseAddress(whole.source)!)) &&
      !contains(touched, parseAddress(whole.destination)!)
    )
      result.disagreements.push(`${about}, and nothing to its destination was touched`);
    else if (a === b) result.stays++;
    else result.flips++;
  }
  return result;
}

/** Another router behind the same interface: on these cables, all have the same address of the link. */
const isUnseen = (ways: readonly Reach[], differing: readonly Difference[]): boolean =>
  differing.length > 0 &&
  differing.every(({ kind }) => kind === 'way') &&
  new Set(ways.map(({ trace }) => trace.hops.at(-1)?.outcome.out)).size === 1;

interface Question {
  before: Cell[];
  after: Cell[];
  differences: Difference[];
}

/** All packets there are, by the way that this one takes. */
function ask(before: NetnsNode, after: NetnsNode, packet: SentPacket): Question {
  const entry =
    packet.in === '' ? ({ kind: 'sent' } as const) : ({ kind: 'received', input: packet.in } as const);
  const all = everyPacket(versionOf(packet));
  const [then, now] = [cellsAt(before, entry, all), cellsAt(after, entry, all)];
  return { before: then, after: now, differences: differencesOfCells(then, now) };
}

/** The kernel draws one of several addresses or ports: two packets may fare differently without a change. */
const isDrawnByKernel = ({ trace: { hops } }: Reach): boolean =>
  hops.some(
    ({ outcome: { source, destination, ports } }) =>
      [source, destination].some((one) => one !== null && one.kind !== 'address' && one.kind !== 'netmap') ||
      (ports.destination !== null && ports.destination[0] !== ports.destination.at(-1)),
  );

/** A packet with the source that its socket gets, where that is the same before and after. */
function bound(packet: SentPacket, before: NetnsNode, after: NetnsNode): SentPacket | null {
  if (packet.in !== '' || packet.source !== UNBOUND[versionOf(packet)]) return packet;
  const [a, b] = [before, after].map(({ net }) => sourceFor(net, setOf(packet)));
  return a && b && printAddress(a) === printAddress(b) ? { ...packet, source: printAddress(a) } : null;
}
