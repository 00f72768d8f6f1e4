/** The steps of packets through a namespace: what a rule, or a part of the kernel without rules, did to them. */
import type { AddressSet } from '../addresses.ts';
import type { RealServer, VirtualService } from '../ipvs.ts';
import type { Ranges } from '../ranges.ts';
import type { BaseChain, Chain, Hook, Rule, Table } from '../ruleset.ts';

/** What became of an address. */
export type Translation =
  | { kind: 'address'; set: AddressSet }
  /** One of these: the kernel chooses by a hash. */
  | { kind: 'pool'; set: AddressSet }
  /** The leading bits are those of the network, the rest is the packet's own. */
  | { kind: 'netmap'; network: AddressSet; bits: number }
  | { kind: 'unknown'; reason: string };

/** What has been changed of a packet's header since it came in; null: nothing. */
export interface Rewrite {
  source: Translation | null;
  destination: Translation | null;
  ports: { source: Ranges<number> | null; destination: Ranges<number> | null };
}

interface Position {
  hook: Hook;
  table: Table;
  chain: Chain;
}

/** `masquerade` and `snat` change the source, `dnat` the destination, whatever the rule calls it. */
export type RuleAction = 'masquerade' | 'snat' | 'dnat' | 'mark' | 'accept' | 'drop' | 'notrack' | 'unknown';

type RuleSite = Position & {
  kind: 'rule';
  rule: Rule;
  /** Of the rule in its chain, from 0. */
  index: number;
  action: RuleAction;
  /** Of the base chain that led there. */
  type: BaseChain['type'];
};

/** What acted on the packets, and how. */
export type Site =
  | RuleSite
  | (Position & { kind: 'policy'; action: 'drop' })
  | { kind: 'ipvs'; hook: Hook; action: 'schedule'; service: VirtualService; server: RealServer }
  /** The service has no real server that takes connections. */
  | { kind: 'ipvs'; hook: Hook; action: 'refuse'; service: VirtualService }
  /** net.ipv4.ip_forward and its likes are off. */
  | { kind: 'forwarding'; hook: 'forward'; action: 'drop' }
  /** There is no route, or one that refuses. */
  | { kind: 'routing'; action: 'drop' };

export type WalkStep = Site & { before: Rewrite; after: Rewrite };

export const changesSource = (action: Site['action']): action is 'snat' | 'masquerade' =>
  action === 'snat' || action === 'masquerade';
