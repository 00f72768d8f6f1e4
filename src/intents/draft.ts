/** Writes intents of what holds on a fleet now: who reaches each service and listener, and from which address. */
import { type Address, printAddress, printEndpoint } from '../network/address-text.ts';
import {
  type AddressSet,
  difference,
  intersection,
  isEmpty,
  NONE,
  onlyAddress,
  union,
  unionOf,
} from '../network/addresses.ts';
import { PORTS, TCP, UDP } from '../network/fields.ts';
import { findServices } from '../network/paths/services.ts';
import { same } from '../network/ranges.ts';
import { isSettled, type Reach, reachOf } from '../network/reach/reach.ts';
import { linkOf } from '../network/topology/links.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { type DraftedSenders, termsFor } from './draft-names.ts';
import { sourceFate } from './expectations.ts';
import type { FleetOfRun } from './fleet-names.ts';
import type { Destination, Intent } from './intent.ts';
import type { IntentSender } from './intent-sender.ts';
import { parseDestinationWord, parseSender, parseSourceExpectation } from './intent-words.ts';
import { sendersOf } from './senders.ts';
import { isToItself, packetsOf, tryIntent, verdictOf } from './try-intent.ts';

/** An intent as it would be written in a file. */
export interface DraftedIntent {
  name: string;
  from: string[];
  to: string;
  expect: { delivered: boolean; source?: string };
}

export interface Draft {
  intents: DraftedIntent[];
  /** Destinations of which not all is known: of who reaches them, nothing is written, or not all. */
  notKnown: string[];
}

/** Returns intents that hold, each of them tried: what is not known is left out, and told. */
export function draftIntents(fleet: FleetOfRun): Draft {
  const drafts = targetsOf(fleet).map((to) => draftFor(to, fleet));
  return {
    intents: drafts.flatMap(({ intents }) => intents),
    notKnown: drafts.flatMap(({ notKnown }) => notKnown),
  };
}

/** Returns the services and listeners that others may reach, each once, as intents name them. */
function targetsOf({ topology }: FleetOfRun): string[] {
  const services = findServices(topology, NONE).services.flatMap(({ vip, port, protocol }) =>
    NAMES.has(protocol) ? targetText(vip, port, protocol) : [],
  );
  const listeners = topology.nodes.flatMap((node) => {
    const heard = node.net.interfaces.filter(
      (device) => linkOf(topology.links, node, device).kind !== 'silent',
    );
    const own = heard.flatMap(({ addresses }) => addresses.filter(({ scope }) => scope !== 'link'));
    return (node.listeners?.list ?? []).flatMap(({ address, port }) =>
      own.filter((one) => takes(address, one.address)).map((one) => targetText(one.address, port, TCP)),
    );
  });
  return [...new Set([...services, ...listeners])];
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [132, 'sctp'],
]);

const targetText = (address: Address, port: number, protocol: number): string =>
  `${port === 0 ? printAddress(address) : printEndpoint(address, port)}/${NAMES.get(protocol)}`;

/** Tells whether a socket that listens on an address takes what comes for another: one on :: takes IPv4, too. */
const takes = (listening: Address, own: Address): boolean =>
  Number(listening.value) === 0
    ? listening.family >= own.family
    : listening.family === own.family && listening.value === own.value;

function draftFor(to: string, fleet: FleetOfRun): Draft {
  const destination = parseDestinationWord(to);
  const { senders, unknown } = sendersOf({ from: [parseSender('any')], to: destination }, fleet);
  const fates = fatesOf(senders, destination, fleet);
  const open = fates.get('open');
  const refused = fates.get('dropped');
  const reached = [...fates].filter(([fate]) => fate !== 'open' && fate !== 'dropped');
  if (reached.length === 0) return { intents: [], notKnown: [] };
  const isWhole = open === undefined && unknown.length === 0;
  const termsOf = (some: DraftedSenders, own: AddressSet) => {
    const others = [...fates.values()].filter((one) => one !== some);
    return termsFor(some, unionOf(others.map((one) => one.outside)), own, fleet);
  };
  const drafted = reached.flatMap(([fate, some]): DraftedIntent[] => {
    const expect = { delivered: true, ...(fate === 'some' ? {} : { source: fate }) };
    const name = `${to} is reached ${WITH.get(fate) ?? `as ${fate}`}`;
    const wordings = [NONE, fleet.topology.own].map((own) => ({
      name,
      from: termsOf(some, own),
      to,
      expect,
    }));
    return wordings.filter((one) => holds(one, fleet)).slice(0, 1);
  });
  const named = drafted.flatMap(({ from }) => from);
  const isPlain =
    isWhole && drafted.length === reached.length && !named.some((term) => term.startsWith('not '));
  const others = isPlain
    ? named.map((term) => `not ${term}`)
    : termsFor({ ...NOBODY, nodes: refused?.nodes ?? NOBODY.nodes }, NONE, NONE, fleet);
  const refusal = { name: `${to} is reached by nobody else`, from: others, to, expect: { delivered: false } };
  const isRefused = refused !== undefined && others.length > 0 && holds(refusal, fleet);
  return {
    intents: isRefused ? [...drafted, refusal] : drafted,
    notKnown: isWhole && drafted.length === reached.length ? [] : [to],
  };
}

const NOBODY: DraftedSenders = { nodes: new Set(), sources: NONE, outside: NONE };

/**
 * What becomes of packets: they arrive from their sender's own address, from the one that is named here, or from one of
 * several; they are dropped; or that is not known.
 */
type Fate = 'kept' | 'some' | 'dropped' | 'open' | (string & {});

const WITH: ReadonlyMap<Fate, string> = new Map([
  ['kept', 'from the own address'],
  ['some', 'as one of several addresses'],
]);

/** Returns the senders by what becomes of all that they send there. */
function fatesOf(
  senders: readonly IntentSender[],
  to: Destination,
  fleet: FleetOfRun,
): Map<Fate, DraftedSenders> {
  const fates = new Map<Fate, { nodes: Set<NetnsNode>; sources: AddressSet; outside: AddressSet }>();
  const at = (fate: Fate) => {
    const known = fates.get(fate) ?? { ...NOBODY, nodes: new Set() };
    fates.set(fate, known);
    return known;
  };
  for (const sender of senders) {
    const { node, sources } = sender.client;
    const reaches = reachOf(fleet.topology, sender.start, packetsOf(sender, to));
    const faring = reaches.filter((reach) => !isToItself(sender, reach));
    const [fate, ...more] = new Set(faring.map((reach) => fateOf(reach, sender, to)));
    if (node === null)
      for (const reach of faring) {
        const fared = at(fateOf(reach, sender, to));
        fared.outside = union(fared.outside, reach.origin.source);
      }
    else if (fate !== undefined) {
      const fared = at(more.length === 0 ? fate : 'open');
      fared.nodes.add(node);
      fared.sources = union(fared.sources, sources);
    }
  }
  return withoutContradictions(fates);
}

/** Packets from one address may come in at several places, and fare otherwise at each. */
function withoutContradictions(fates: Map<Fate, DraftedSenders>): Map<Fate, DraftedSenders> {
  const all = [...fates];
  const both = unionOf(
    all.flatMap(([, one], i) =>
      all.slice(i + 1).map(([, other]) => intersection(one.outside, other.outside)),
    ),
  );
  if (isEmpty(both)) return fates;
  const result = new Map(
    all.map(([fate, one]) => [fate, { ...one, outside: difference(one.outside, both) }]),
  );
  const open = result.get('open') ?? NOBODY;
  return result.set('open', { ...open, outside: union(open.outside, both) });
}

function fateOf(reach: Reach, { doubts }: IntentSender, to: Destination): Fate {
  const { disposition, origin, source } = reach;
  const isOfAllPorts = same(origin.sourcePort, PORTS) && same(origin.destinationPort, to.port);
  if (!isSettled(reach) || !isOfAllPorts || disposition === 'exits-fleet') return 'open';
  if (disposition === 'dropped') return 'dropped';
  if (doubts.length > 0) return 'open';
  const fate = sourceFate(reach);
  if (fate === 'kept') return 'kept';
  const only = onlyAddress(source);
  return only ? printAddress(only) : 'some';
}

/** Tries a drafted intent as a file that has it would be: names may mean more than they were made for. */
function holds({ name, from, to, expect: { delivered, source } }: DraftedIntent, fleet: FleetOfRun): boolean {
  const intent: Intent = {
    name,
    id: name,
    severity: 'error',
    why: '',
    from: from.map(parseSender),
    to: parseDestinationWord(to),
    expect: {
      delivered,
      source: source === undefined ? null : parseSourceExpectation(source),
      clocks: null,
      via: [],
    },
    source: { file: '', line: 0, column: 0 },
  };
  return verdictOf(tryIntent(intent, fleet)) === 'held';
}
