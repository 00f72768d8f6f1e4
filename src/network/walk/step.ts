/**
 * The steps of packets through a namespace: the effects of a rule, or of a part of the kernel without rules, on them.
 */
import type { AddressSet } from '../addresses.ts';
import type { InterfaceSetting } from '../interface-settings.ts';
import type { RealServer, VirtualService } from '../ipvs.ts';
import type { Ranges } from '../ranges.ts';
import type { BaseChain, Chain, Hook, Rule, Side, Table } from '../ruleset.ts';
import type { PortAllocation } from './port-allocation.ts';

/** The translation of an address. */
export type Translation =
  | { kind: 'address'; set: AddressSet }
  /** One of these addresses: the kernel chooses by a hash. Who `isIn` already keeps the own, unless its tuple is taken. */
  | { kind: 'pool'; set: AddressSet; isIn: boolean }
  /** The leading bits are those of the network, the rest is the packet's own. */
  | { kind: 'netmap'; network: AddressSet; bits: number }
  | { kind: 'unknown'; reason: string };

/** The changes to a packet's header since it came in; null: none. */
export interface Rewrite {
  source: Translation | null;
  destination: Translation | null;
  ports: { source: Ranges<number> | null; destination: Ranges<number> | null };
  /** The allocation of the source's port. */
  allocation: PortAllocation | null;
}

interface Position {
  hook: Hook;
  table: Table;
  chain: Chain;
}

/**
 * The action of a rule: `masquerade` and `snat` change the source, `dnat` the destination, whatever the rule calls it.
 */
export type RuleAction =
  | 'masquerade'
  | 'snat'
  | 'dnat'
  | 'mark'
  | 'accept'
  | 'drop'
  | 'notrack'
  | 'offload'
  | 'unknown';

type RuleSite = Position & {
  kind: 'rule';
  rule: Rule;
  /** The index of the rule in its chain, from 0. */
  index: number;
  action: RuleAction;
  /** The type of the base chain that led there. */
  type: BaseChain['type'];
};

/**
 * An address that no packet from a network may have. `own`: the source is this namespace's own, or nobody's to send
 * from. `loopback`: 127.0.0.0/8 or ::1, without route_localnet. `special`: 0.0.0.0/8, multicast, ...
 */
export interface MartianSite {
  kind: 'martian';
  action: 'drop';
  side: Side;
  what: 'own' | 'loopback' | 'special';
  setting: InterfaceSetting | null;
}

/** The rule or part of the kernel that acted on the packets, and its action. */
export type Site =
  | RuleSite
  | (Position & { kind: 'policy'; action: 'drop' })
  | { kind: 'ipvs'; hook: Hook; action: 'schedule'; service: VirtualService; server: RealServer }
  /** The service has no real server that takes connections. */
  | { kind: 'ipvs'; hook: Hook; action: 'refuse'; service: VirtualService }
  /** The interface that they came in by does not forward. */
  | {
      kind: 'forwarding';
      hook: 'forward';
      action: 'drop';
      on: string | null;
      setting: InterfaceSetting | null;
    }
  | MartianSite
  /**
   * Reverse path filtering. `astray`: the way back to the source leaves by another interface. `nowhere`: there is none.
   */
  | {
      kind: 'reverse-path';
      action: 'drop';
      /** The interface; null: not known. */
      on: string | null;
      back: 'astray' | 'nowhere';
      setting: InterfaceSetting | null;
    }
  /** There is no route, or one that refuses. */
  | { kind: 'routing'; action: 'drop' };

export type WalkStep = Site & { before: Rewrite; after: Rewrite };

export const changesSource = (action: Site['action']): action is 'snat' | 'masquerade' =>
  action === 'snat' || action === 'masquerade';
