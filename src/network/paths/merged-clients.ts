/** Clients on other hosts, of whom a namespace makes several arrive from one address: each with a clock of its own. */
import { groupedBy } from '../../grouped-by.ts';
import {
  type AddressSet,
  ALL,
  ALL4,
  ALL6,
  difference,
  intersection,
  isEmpty,
  setKey,
  size,
  union,
  unionOf,
} from '../addresses.ts';
import { TCP } from '../fields.ts';
import { sourceRules } from '../nat-rules.ts';
import { assertNever } from '../rule-parts.ts';
import type { Rule } from '../ruleset.ts';
import { spareDestinations } from '../symmetry/like-destinations.ts';
import { type Links, linkOf, mayLeadOut } from '../topology/links.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { topologyOf } from '../topology/topology.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import { type Outcome, type PacketClass, sourceRulesIn } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receive } from '../walk/walk.ts';
import { clientsBehind } from './clients-behind.ts';
import { NEVER } from './special-purpose.ts';

export interface MergedClients {
  /** The interfaces that they come in by. */
  inputs: string[];
  /** The interface that they leave by; null: they reach this namespace's own sockets. */
  out: string | null;
  /** The place where they end: at sockets of this kernel, in this namespace or another, or on other hosts. */
  end: 'kernel' | 'others';
  /** The address that they share; of a pool, all of it, which are fewer than they. */
  source: AddressSet;
  /** The rules that gave it to them. */
  rules: Rule[];
}

interface AllMerged {
  merged: MergedClients[];
  /** The reason why there may be more; null: all are known. */
  undecided: string | null;
}

/** Packets that come in by an interface, and one of the things that may become of them. */
interface Arrival {
  input: string;
  /** The sources that they have before, and behind. */
  sources: AddressSet;
  shared: AddressSet;
  outcome: Outcome;
  isSure: boolean;
}

/**
 * Follows TCP connections that come in from other hosts, with the settings in force. Those of other namespaces of the
 * kernel are left out: before Linux 4.10, all of them have one clock.
 *
 * @param nodes the namespaces of one host
 */
export function mergedClients(nodes: readonly NetnsNode[], node: NetnsNode): AllMerged {
  if (sourceRules(node.net.ruleset).length === 0) return { merged: [], undecided: null };
  const { links } = topologyOf(nodes);
  const inputs = node.net.interfaces.filter((one) => mayLeadOut(linkOf(links, node, one)));
  const sources = difference(clientsBehind(inputs, node.net), ownAddresses(node.net));
  const destinations = difference(ALL, union(NEVER, spareDestinations(node.net)));
  const walked = inputs.flatMap((input) => {
    const isKnown = linkOf(links, node, input).kind === 'public';
    return classesFrom(node, sources, destinations, input.name).map((one) => ({
      ...one,
      input: input.name,
      isKnown,
    }));
  });
  const open = walked.flatMap(({ outcomes }) => outcomes.filter(isOpen).map(whyOpen));
  const groups = [...groupedBy(walked.flatMap(arrivals), sharedBy).values()].filter(isMany);
  const sure = groups.filter((group) => isMany(group.filter(({ isSure }) => isSure)));
  const [unsure] = groups.filter((group) => !sure.includes(group)).flat();
  return {
    merged: sure.map((group) => shown(group, node, links)),
    undecided: open[0] ?? (unsure ? whyUnsure(unsure) : null),
  };
}

function classesFrom(
  { net }: NetnsNode,
  sources: AddressSet,
  destinations: AddressSet,
  input: string,
): PacketClass[] {
  return [ALL4, ALL6].flatMap((family) => {
    const [from, to] = [intersection(sources, family), intersection(destinations, family)];
    return isEmpty(from) ? [] : receive(net, packets(from, to, { protocol: [TCP, TCP] }), input);
  });
}

/** Tells whether an outcome does not say which source the packets have. */
const isOpen = ({ verdict, source }: Outcome) =>
  verdict === 'unknown' || (reachesSomebody(verdict) && source?.kind === 'unknown');

const whyOpen = ({ source, doubts }: Outcome) =>
  source?.kind === 'unknown' ? source.reason : (doubts[0]?.reason ?? 'they were not followed to their end');

const reachesSomebody = (verdict: Outcome['verdict']) => verdict === 'forwarded' || verdict === 'delivered';

function arrivals({
  packets: { source: sources },
  outcomes,
  input,
  isKnown,
}: PacketClass & { input: string; isKnown: boolean }): Arrival[] {
  const all = outcomes.every((outcome) => sharedSource(outcome) !== null);
  return outcomes.flatMap((outcome) => {
    const shared = sharedSource(outcome);
    const isTaken = all || outcome.doubts.every(({ cause }) => cause === 'chance');
    return shared === null ? [] : { input, sources, shared, outcome, isSure: isKnown && isTaken };
  });
}

/** Returns the new source, which others may have as well; null for none. In another network, each has one of its own. */
function sharedSource({ verdict, source }: Outcome): AddressSet | null {
  if (source === null || !reachesSomebody(verdict)) return null;
  switch (source.kind) {
    case 'address':
    case 'pool':
      return source.set;
    case 'netmap':
    case 'unknown':
      return null;
    default:
      return assertNever(source);
  }
}

const sharedBy = ({ outcome: { out }, shared }: Arrival) => `${out ?? ''} ${setKey(shared)}`;

/** Tells whether these are more clients than the addresses that they get. */
function isMany(group: readonly Arrival[]): boolean {
  const clients = size(unionOf(group.map(({ sources }) => sources)));
  return group.some(({ shared }) => clients > size(shared));
}

const whyUnsure = ({ outcome: { doubts }, input }: Arrival) =>
  doubts[0]?.reason ?? `whether other hosts are behind ${input} is not known`;

function shown(group: readonly Arrival[], node: NetnsNode, links: Links): MergedClients {
  const [{ outcome, shared }] = group as [Arrival, ...Arrival[]];
  const out = outcome.verdict === 'delivered' ? null : outcome.out;
  const device = node.net.interfaces.find(({ name }) => name === out);
  // a tunnel, which asks no neighbour, leads to others as well
  const leadsOut = device !== undefined && ['public', 'silent'].includes(linkOf(links, node, device).kind);
  return {
    inputs: [...new Set(group.map(({ input }) => input))],
    out,
    end: leadsOut ? 'others' : 'kernel',
    source: shared,
    rules: [...new Set(group.flatMap((one) => sourceRulesIn(one.outcome)))],
  };
}
