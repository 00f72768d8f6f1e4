/** One drawn case: load it, read it back, walk it, send it, compare. */
import fc from 'fast-check';
import nat from '../../../src/collectors/nat.ts';
import { type Address, parseAddress } from '../../../src/network/address-text.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  contains,
  intersects,
  parseAddresses,
  printAddresses,
} from '../../../src/network/addresses.ts';
import { type Interface, parseIpAddress } from '../../../src/network/interfaces.ts';
import type { Namespace } from '../../../src/network/namespace.ts';
import { rulesetOf } from '../../../src/network/nat-evidence.ts';
import { type Outcome, type Part, translatedSet } from '../../../src/network/outcomes.ts';
import { type PacketSet, packets as packetSet } from '../../../src/network/packets.ts';
import { has } from '../../../src/network/ranges.ts';
import { parseRoutes, parseRules, type Route, type RoutingRule } from '../../../src/network/routes.ts';
import { receive, send } from '../../../src/network/walk.ts';
import { drawIptables, drawSets } from './draw-iptables.ts';
import { drawNft } from './draw-nft.ts';
import type { Lab, SeenPacket, SentPacket } from './lab.ts';
import {
  destination,
  isOwn,
  OWN,
  PORTS,
  type Protocol,
  SOURCE_PORTS,
  source,
  type Version,
} from './universe.ts';

export interface Case {
  version: Version;
  sets: string;
  /** What each back end gets; '' for nothing. */
  legacy: string;
  nft: string;
  nftables: string;
  packets: Omit<SentPacket, 'id'>[];
}

const PACKETS = 20;

export const drawCase: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom<Version>(4, 4, 4, 6),
    fc.constantFrom('legacy', 'nft', 'nftables', 'legacy', 'nft', 'nftables', 'both', 'nft+', 'two'),
  )
  .chain(([version, kind]) => {
    const none = fc.constant('');
    return fc.record({
      version: fc.constant(version),
      sets: drawSets(version),
      legacy: kind === 'legacy' || kind === 'both' ? drawIptables(version) : none,
      nft: kind === 'nft' || kind === 'both' || kind === 'nft+' ? drawIptables(version) : none,
      nftables:
        kind === 'nftables' || kind === 'nft+'
          ? drawNft(version, 'mine')
          : kind === 'two'
            ? fc.tuple(drawNft(version, 'mine'), drawNft(version, 'yours')).map((texts) => texts.join(''))
            : none,
      packets: fc.uniqueArray(drawPacket(version), {
        minLength: PACKETS,
        maxLength: PACKETS,
        selector: tuple,
      }),
    });
  });

function drawPacket(version: Version): fc.Arbitrary<Omit<SentPacket, 'id'>> {
  return fc.record({
    protocol: fc.constantFrom<Protocol>(17, 17, 6),
    source: source(version),
    sourcePort: fc.constantFrom(...SOURCE_PORTS),
    destination: destination(version),
    destinationPort: fc.constantFrom(...PORTS),
  });
}

/** One connection each. */
const tuple = ({ protocol, source, sourcePort }: Omit<SentPacket, 'id'>) =>
  `${protocol} ${source} ${sourcePort}`;

export function show({ sets, legacy, nft, nftables, packets }: Case): string {
  const parts = {
    'ipset restore': sets,
    'iptables-legacy-restore': legacy,
    'iptables-nft-restore': nft,
    'nft -f -': nftables,
  };
  const loaded = Object.entries(parts).filter(([, text]) => text !== '');
  return [
    ...loaded.map(([name, text]) => `# ${name}\n${text}`),
    '# packets',
    ...packets.map((p) => JSON.stringify(p)),
  ].join('\n');
}

export interface Compared {
  packets: number;
  /** Of how many the engine knew the one outcome. */
  sure: number;
  /** Why a program would not load the rules; null where it did. */
  refused: string | null;
  disagreements: string[];
}

/** A connection that did not come about in time is tried once more: the machine may be busy. */
export async function compare(lab: Lab, drawn: Case): Promise<Compared> {
  const first = await compareOnce(lab, drawn);
  const late = first.disagreements.length > 0 && first.disagreements.every((text) => text.includes(NOT_SEEN));
  return late ? compareOnce(lab, drawn) : first;
}

const NOT_SEEN = 'was not seen';

async function compareOnce(lab: Lab, drawn: Case): Promise<Compared> {
  const refused = await load(lab, drawn);
  if (refused) return { packets: 0, sure: 0, refused, disagreements: [] };
  const namespace = await readBack(lab);
  const sent = drawn.packets.map((packet, id) => ({ id, ...packet }));
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

async function load(lab: Lab, drawn: Case): Promise<string | null> {
  try {
    await lab.router(loading(drawn));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function loading({ version, sets, legacy, nft, nftables }: Case): string {
  const tool = version === 4 ? 'iptables' : 'ip6tables';
  const text = (command: string, input: string) =>
    input === '' ? [] : [`${command} <<"TWLINT-TEXT"\n${input}\nTWLINT-TEXT`];
  const empty = '*raw\nCOMMIT\n*mangle\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT';
  return [
    ...text('iptables-legacy-restore', empty),
    ...text('ip6tables-legacy-restore', empty),
    'nft flush ruleset',
    'ipset destroy',
    'conntrack -F 2>/dev/null',
    ...text('ipset restore', sets),
    ...text(`${tool}-legacy-restore`, legacy),
    ...text(`${tool}-nft-restore`, nft),
    ...text('nft -f -', nftables),
  ].join('\n');
}

let constants: { interfaces: Interface[]; routes: Route[]; rules: RoutingRule[] } | null = null;

/** The router as the collectors see it. */
async function readBack(lab: Lab): Promise<Namespace> {
  const texts = await ask(lab);
  const text = (name: keyof typeof nat.probes) => ({
    text: texts.get(name),
    origin: nat.probes[name].origin,
  });
  const ruleset = rulesetOf({
    legacy: text('legacy'),
    legacy6: text('legacy6'),
    nft: text('nft'),
    nft6: text('nft6'),
    nftables: text('nftables'),
    ipset: text('ipset'),
  });
  constants ??= {
    interfaces: parseIpAddress(await lab.router('ip address'), 'ip address'),
    routes: [
      ...parseRoutes(await lab.router('ip -4 route show table all'), 4, 'ip route'),
      ...parseRoutes(await lab.router('ip -6 route show table all'), 6, 'ip route'),
    ],
    rules: [
      ...parseRules(await lab.router('ip -4 rule'), 4, 'ip rule'),
      ...parseRules(await lab.router('ip -6 rule'), 6, 'ip rule'),
    ],
  };
  return { ruleset, ...constants, services: [], virtualConntrack: null, forwards: { 4: true, 6: true } };
}

/** The probes of the collector `nat`, in the router's shell. */
async function ask(lab: Lab): Promise<Map<string, string>> {
  const mark = '--twlint-probe--';
  const functions = `
    PROC_NET=/proc/net
    absent() { exit 210; }; denied() { exit 211; }; unsupported() { exit 212; }
    run() { "$@"; }
    tool() { for TOOL in "$@"; do command -v "$TOOL" >/dev/null 2>&1 && return 0; done; exit 212; }
    nf_tables_present() { return 0; }`;
  const asks = Object.entries(nat.probes).map(
    ([name, probe]) => `( ${probe.ask}\n ) 2>/dev/null || code=$?; echo "${mark} ${name} $code"; code=0`,
  );
  const text = await lab.router(`${functions}\nset +e\ncode=0\n${asks.join('\n')}`);
  const answers = new Map<string, string>();
  let answer: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(mark)) {
      answer.push(line);
      continue;
    }
    const [, name, code] = line.split(' ');
    if (code === '0') answers.set(name!, answer.join('\n'));
    else if (code !== '210') throw new Error(`probe ${name} ended with ${code}`);
    answer = [];
  }
  return answers;
}

function inputOf({ source, destination }: Omit<SentPacket, 'id'>): 'in0' | 'in1' | 'own' {
  if (isOwn(source)) return 'own';
  return /^(10\.60\.|fd60:)/.test(destination) ? 'in1' : 'in0';
}

const one = (text: string) => addressSet(parseAddress(text)!);

function setOf({ protocol, source, sourcePort, destination, destinationPort }: SentPacket): PacketSet {
  return packetSet(one(source), one(destination), {
    protocol: [protocol, protocol],
    sourcePort: [sourcePort, sourcePort],
    destinationPort: [destinationPort, destinationPort],
  });
}

/** All packets there are: those sent are a sample of them. */
function everyPacket(version: Version): PacketSet {
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

const isSure = ({ outcomes }: Part) =>
  outcomes.length === 1 && outcomes[0]!.verdict !== 'unknown' && outcomes[0]!.source?.kind !== 'pool';

const isBlurred = ({ outcomes }: Part) => outcomes.some(({ verdict }) => verdict === 'unknown');

/** Why the parts do not fit what was seen; nothing where they do. */
function judge(
  packet: SentPacket,
  seen: SeenPacket | undefined,
  parts: readonly Part[],
  how: string,
): string[] {
  const holding = parts.filter((part) => contain(part.packets, packet));
  const about = `${how}: ${JSON.stringify(packet)}`;
  if (holding.length > 1 && holding.every(isBlurred)) return [];
  if (holding.length !== 1) return [`${about} is in ${holding.length} parts`];
  const { outcomes } = holding[0]!;
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
  const goal = translatedSet(one(packet.destination), outcome.destination);
  if (!seen) return !arrives(goal);
  const ports = outcome.ports.destination ?? [packet.destinationPort, packet.destinationPort];
  return (
    holds(translatedSet(one(packet.source), outcome.source), seen.source) &&
    holds(goal, seen.destination) &&
    has(ports, seen.destinationPort)
  );
}

/** The receiver listens there. */
const arrives = (goal: AddressSet) => intersects(goal, goal);

function described({ verdict, out, source, destination, hits, doubts }: Outcome): string {
  const show = (one: Outcome['source']) =>
    one === null
      ? 'as it was'
      : one.kind === 'unknown'
        ? one.reason
        : one.kind === 'netmap'
          ? `netmap ${printAddresses(one.network)}`
          : printAddresses(one.set);
  const because = hits.map(({ rule }) => rule.text).join(' / ');
  return `[${verdict} by ${out}, from ${show(source)}, to ${show(destination)}; rules: ${because}; doubts: ${doubts.map(({ reason }) => reason).join(', ')}]`;
}
