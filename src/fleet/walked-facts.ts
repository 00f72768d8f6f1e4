/** Facts of a namespace that are made of what the path engine works with, and not of other facts. */
import natCollector from '../collectors/nat.ts';
import type { Parsed, Type } from '../define.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Answer } from '../model.ts';
import { ARP_COLLECTORS, arpFacts, arpType } from './arp-fact.ts';
import { netfilterFacts, netfilterType } from './netfilter-fact.ts';
import { NODE_COLLECTORS } from './nodes.ts';
import { sourceNatFacts, sourceNatType } from './source-nat-fact.ts';
import { verdictsFacts, verdictsType } from './verdicts-fact.ts';

interface WalkedFact {
  type: Type;
  /** The collectors that it is made of. */
  from: readonly { id: string }[];
  /** Makes the fact of each namespace, by its name. */
  facts(host: HostModel): ReadonlyMap<string, Answer<Parsed<unknown>>>;
}

/** By the names that rules use. */
export const WALKED_FACTS: ReadonlyMap<string, WalkedFact> = new Map<string, WalkedFact>([
  ['arp_answers', { type: arpType, from: ARP_COLLECTORS, facts: arpFacts }],
  ['netfilter', { type: netfilterType, from: [natCollector], facts: netfilterFacts }],
  ['source_nat', { type: sourceNatType, from: NODE_COLLECTORS, facts: sourceNatFacts }],
  ['verdicts', { type: verdictsType, from: NODE_COLLECTORS, facts: verdictsFacts }],
]);
