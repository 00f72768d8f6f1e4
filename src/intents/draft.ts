/** Writes intents of what holds on a fleet now: who reaches each service and listener, and from which address. */
import { type Address, printAddress, printEndpoint } from '../network/address-text.ts';
import { type AddressSet, NONE, unionOf } from '../network/addresses.ts';
import { TCP, UDP } from '../network/fields.ts';
import { findServices } from '../network/paths/services.ts';
import { linkOf } from '../network/topology/links.ts';
import { type DraftedFate, fatesOf, NOBODY } from './draft-fates.ts';
import { type DraftedSenders, termsFor } from './draft-names.ts';
import { type FleetOfRun, refill } from './fleet-names.ts';
import type { Intent } from './intent.ts';
import { parseDestinationWord, parseSender, parseSourceExpectation } from './intent-words.ts';
import { sendersOf } from './senders.ts';
import { tryIntent, verdictOf } from './try-intent.ts';

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
  const targets = targetsOf(fleet);
  const drafts = targets.slice(0, MOST_TARGETS).map((to) => draftFor(to, fleet));
  const left = targets.length - drafts.length;
  return {
    intents: drafts.flatMap(({ intents }) => intents),
    notKnown: [
      ...drafts.flatMap(({ notKnown }) => notKnown),
      ...(left > 0 ? [`${left} more, which were not looked at: more than ${MOST_TARGETS} are too many`] : []),
    ],
  };
}

/** The most services and listeners that are looked at: a draft of more is not read by anybody. */
const MOST_TARGETS = 2000;

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
  refill(fleet);
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

const WITH: ReadonlyMap<DraftedFate, string> = new Map([
  ['kept', 'from the own address'],
  ['some', 'as one of several addresses'],
]);

/** Tries a drafted intent as a file that has it would be: names may mean more than they were made for. */
function holds({ name, from, to, expect: { delivered, source } }: DraftedIntent, fleet: FleetOfRun): boolean {
  const intent: Intent = {
    name,
    id: name,
    severity: 'error',
    why: '',
    text: '',
    from: from.map(parseSender),
    to: parseDestinationWord(to),
    expect: {
      delivered,
      source: source === undefined ? null : parseSourceExpectation(source),
      clocks: null,
      via: [],
    },
    tests: [],
    source: { file: '', line: 0, column: 0 },
  };
  return verdictOf(tryIntent(intent, fleet)) === 'held';
}
