/**
 * Packets that a host is to pass on, by its own rules of nat, and that its own filter rules drop: those that containers
 * send to everybody, and those to ports that are forwarded.
 */
import { groupedBy } from '../../grouped-by.ts';
import {
  type AddressSet,
  ALL4,
  addressSet,
  difference,
  intersection,
  isEmpty,
  prefixSet,
  unionOf,
} from '../addresses.ts';
import { TCP } from '../fields.ts';
import { droppingRules } from '../filtering/dropping-rules.ts';
import { innerBridges } from '../interfaces.ts';
import { destinationRules, sourceRules } from '../nat-rules.ts';
import type { Hook, Rule } from '../ruleset.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import type { Namespace } from '../walk/namespace.ts';
import type { Outcome } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import type { WalkStep } from '../walk/step.ts';
import { receive } from '../walk/walk.ts';
import { neighboursOn } from './neighbours.ts';
import { NEVER, PRIVATE } from './special-purpose.ts';

/** The end of packets in a chain of filter rules, by a rule or by the chain's policy, or where nothing is forwarded. */
export type ForwardDrop = Extract<WalkStep, { kind: 'rule' | 'policy' | 'forwarding' }>;

export interface LostPackets {
  /** The interface that they come in by. */
  input: string;
  /** The networks that they come from. */
  sources: AddressSet;
  at: ForwardDrop;
}

export interface LostForwards extends Omit<LostPackets, 'sources'> {
  /** The rule that sends them on. */
  rule: Rule;
}

const TCP_ONLY = { protocol: [TCP, TCP] };

/**
 * Returns the bridges of containers whose TCP connections to public addresses all end in filter rules, although a rule
 * would translate them.
 */
export function lostFromContainers(net: Namespace): LostPackets[] {
  return innerBridges(net.interfaces).flatMap((bridge) => {
    const sources = intersection(neighboursOn(bridge, net), translatedSources(net));
    if (isEmpty(sources)) return [];
    const classes = receive(net, packets(sources, elsewhere(net), TCP_ONLY), bridge.name);
    const at = dropOfAll(classes.flatMap(({ outcomes }) => outcomes));
    // a host that forwards nothing is another matter
    return at === null || at.kind === 'forwarding' ? [] : [{ input: bridge.name, sources, at }];
  });
}

const PUBLIC = difference(difference(ALL4, PRIVATE), NEVER);

/** Returns the public addresses that lie in none of the host's own networks. */
function elsewhere({ interfaces }: Namespace): AddressSet {
  const near = interfaces.flatMap(({ addresses }) =>
    addresses.map(({ address, prefix }) => prefixSet(address, prefix)),
  );
  return difference(PUBLIC, unionOf(near));
}

/** The addresses that rules name whose packets get another source, not those of everybody. */
function translatedSources({ ruleset }: Namespace): AddressSet {
  return unionOf(
    sourceRules(ruleset).flatMap(({ rule }) =>
      rule.steps.flatMap(({ when }) =>
        when.flatMap((match) =>
          match.kind === 'address' && match.side === 'source' && !match.not ? [match.set] : [],
        ),
      ),
    ),
  );
}

/** The most rules whose packets are followed: each divides what comes in, and ten thousand take seconds. */
export const MOST_FORWARDS = 10_000;

/**
 * Returns the rules that send TCP connections on which come in by an interface that leads out, and of which each is
 * dropped; null where something drops, and too many rules send on.
 */
export function lostForwards(net: Namespace): LostForwards[] | null {
  if (!mayDrop(net)) return [];
  if (destinationRules(net.ruleset).length > MOST_FORWARDS) return null;
  const inner = new Set(innerBridges(net.interfaces));
  const uplinks = net.interfaces.filter(
    (one) => one.flags.includes('UP') && !one.flags.includes('LOOPBACK') && !inner.has(one),
  );
  return uplinks.flatMap((uplink) => {
    const own = intersection(unionOf(uplink.addresses.map(({ address }) => addressSet(address))), ALL4);
    return isEmpty(own) ? [] : lostBehind(net, uplink.name, own);
  });
}

/** Tells whether anything there drops first packets on their way out: on most hosts nothing does, and rules are many. */
function mayDrop({ ruleset: { tables }, settings }: Namespace): boolean {
  const isOff = [...settings.values()].some(
    ({ key, value }) => /^net\.ipv4\..*forward(ing)?$/.test(key) && value === 0,
  );
  const policies = tables.flatMap(({ chains }) => [...chains.values()].map(({ base }) => base));
  return (
    isOff ||
    policies.some((base) => base !== null && isBehindNat(base.hook) && base.policy !== 'accept') ||
    droppingRules(tables).some(({ hooks, invalid }) => !invalid && hooks.some(isBehindNat))
  );
}

const isBehindNat = (hook: Hook) => hook === 'forward' || hook === 'postrouting';

function lostBehind(net: Namespace, input: string, own: AddressSet): LostForwards[] {
  const sources = difference(difference(ALL4, NEVER), ownAddresses(net));
  const classes = receive(net, packets(sources, own, TCP_ONLY), input);
  const outcomes = classes.flatMap((one) => one.outcomes);
  const byRule = groupedBy(outcomes, forwardingRule);
  return [...byRule].flatMap(([rule, possible]) => {
    const at = rule === null ? null : dropOfAll(possible);
    return rule === null || at === null ? [] : [{ rule, input, at }];
  });
}

function forwardingRule({ steps }: Outcome): Rule | null {
  const step = steps.find((one) => one.kind === 'rule' && one.action === 'dnat');
  return step?.kind === 'rule' ? step.rule : null;
}

/** Returns where all of them are dropped for certain, the first place of several; null where one may get through. */
function dropOfAll(outcomes: readonly Outcome[]): ForwardDrop | null {
  if (!outcomes.every(({ verdict, doubts }) => verdict === 'dropped' && doubts.length === 0)) return null;
  const ends = outcomes.flatMap(({ steps }) => {
    const last = steps.at(-1);
    return last !== undefined && isForwardDrop(last) ? [last] : [];
  });
  return ends[0] ?? null;
}

const isForwardDrop = (step: WalkStep): step is ForwardDrop =>
  step.action === 'drop' && (step.kind === 'rule' || step.kind === 'policy' || step.kind === 'forwarding');
