/**
 * One model for the rules of iptables (legacy and nf_tables back end), ip6tables and nftables: tables hold chains,
 * chains hold rules, a rule is a row of steps, a step matches something and then does something.
 *
 * Nothing is dropped: text that no parser understands is kept here as `undecided`.
 */
import type { AddressSet } from './addresses.ts';
import type { Ranges } from './ranges.ts';

/**
 * The back end that keeps the rules: xtables in the kernel, nf_tables written by iptables, nf_tables written by nft.
 */
export type Backend = 'legacy' | 'nft' | 'nftables';

export type Family = 'ip' | 'ip6' | 'inet';

/** Tells whether packets of this version of IP pass the chains of a table. */
export const isForVersion = (family: Family, version: 4 | 6): boolean =>
  family === 'inet' || family === (version === 4 ? 'ip' : 'ip6');

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export interface Ruleset {
  tables: Table[];
  /** The sets of ipset, by name; those of nftables are already written out where they are used. */
  ipsets: ReadonlyMap<string, NamedSet>;
  /** The packets that matched, where rules are held for several hosts; absent: each rule says it itself. */
  counts?: ReadonlyMap<Rule, number>;
}

/** Returns the number of packets that matched on a ruleset's host; null where nothing counted them. */
export const countOf = (rule: Rule, { counts }: Pick<Ruleset, 'counts'>): number | null =>
  rule.packets ?? counts?.get(rule) ?? null;

export interface Table {
  backend: Backend;
  family: Family;
  name: string;
  /** The chains in the order printed. */
  chains: ReadonlyMap<string, Chain>;
}

export interface Chain {
  name: string;
  /** The base chain's hook; null for a chain that is only jumped to. */
  base: BaseChain | null;
  rules: Rule[];
}

export interface BaseChain {
  type: 'filter' | 'nat' | 'route';
  hook: Hook;
  /** The priority, lowest first; see linux/netfilter_ipv4.h (enum nf_ip_hook_priorities) for iptables' own. */
  priority: number;
  /** The policy for packets that no rule decides about; null: not known. */
  policy: 'accept' | 'drop' | null;
}

export interface Rule {
  steps: Step[];
  /** The rule's target as written: `MASQUERADE`, `KUBE-SVC-X`, `snat`; '' when it only counts. */
  target: string;
  /** The text that its program prints. */
  text: string;
  /** The output or file it stood in. */
  origin: string;
  /** The line there, 1-based. */
  line: number;
  /** The number of packets that matched; null when nothing counted them, or where the ruleset says it (`counts`). */
  packets: number | null;
}

/** A step of a rule: if every match holds, the action is done; if not, the rule is over. */
export interface Step {
  when: Match[];
  action: Action | null;
}

/** An interface name, or the start of one (`eth+`, `eth*`). */
export interface InterfacePattern {
  name: string;
  prefix: boolean;
}

export type Side = 'source' | 'destination';

/** A condition that holds for a packet, or not; `not` inverts it. */
export type Match =
  | { kind: 'address'; side: Side; set: AddressSet; not: boolean }
  /** The address as it was before any translation. */
  | { kind: 'original'; side: Side; set: AddressSet; not: boolean }
  | { kind: 'port'; side: Side; ports: Ranges<number>; not: boolean }
  | { kind: 'protocol'; protocols: Ranges<number>; not: boolean }
  | { kind: 'interface'; side: 'in' | 'out'; patterns: InterfacePattern[]; not: boolean }
  /** (mark & mask) === value */
  | { kind: 'mark'; of: 'packet' | 'connection'; value: number; mask: number; not: boolean }
  /** An address of this namespace's own, on whatever interface. */
  | { kind: 'local'; side: Side; not: boolean }
  | { kind: 'state'; states: ConnectionState[]; not: boolean }
  /** The packet is in an ipset, by the sides named, in order. */
  | { kind: 'set'; name: string; sides: Side[]; not: boolean }
  /** At least one row of matches holds as a whole. */
  | { kind: 'any'; rows: Match[][]; not: boolean }
  /** The packet belongs to an IPVS connection. */
  | { kind: 'ipvs'; not: boolean }
  /** The address or port that its IPVS connection was opened to; false for packets of none. */
  | { kind: 'virtual'; set: AddressSet | null; ports: Ranges<number> | null; not: boolean }
  /** The match is random: each result happens, to other connections. */
  | { kind: 'chance'; text: string }
  | { kind: 'undecided'; text: string };

/** Conntrack's names for the state of a packet's connection, and for what nat did to it. */
export const CONNECTION_STATES = [
  'NEW',
  'ESTABLISHED',
  'RELATED',
  'INVALID',
  'UNTRACKED',
  'SNAT',
  'DNAT',
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** A set of ipset. */
export interface NamedSet {
  name: string;
  /** The fields that are looked up, in order: `hash:ip,port`; `set`: other sets. */
  fields: SetField[];
  elements: SetElement[];
  /** The elements marked `nomatch`: they win over the others. */
  except: SetElement[];
  /** The reason why its content is not all known; null when it is. */
  incomplete: string | null;
}

export type SetField = 'ip' | 'net' | 'port' | 'iface' | 'mark' | 'set';

/** One entry: a match for each field, for the packet's source side; null where it can't be read. */
export type SetElement = SetValue[] | null;

export type SetValue =
  | { kind: 'address'; set: AddressSet }
  | { kind: 'port'; protocol: number | null; ports: Ranges<number> }
  | { kind: 'interface'; patterns: InterfacePattern[] }
  | { kind: 'mark'; value: number; mask: number }
  | { kind: 'set'; name: string };

/** The way in which a new port is allocated. */
export type Randomness = 'no' | 'random' | 'fully';

export type Action =
  /** Ends the chain's hook for good, or for this table. */
  | { kind: 'accept' | 'drop' }
  /** Returns to the caller; in a base chain, to its policy. */
  | { kind: 'return' }
  | { kind: 'jump' | 'goto'; chain: string }
  | { kind: 'masquerade'; ports: Ranges<number> | null; random: Randomness }
  /** Translates address and port; with `addresses` null, only the port changes. */
  | {
      kind: 'translate';
      side: Side;
      addresses: AddressSet | null;
      ports: Ranges<number> | null;
      random: Randomness;
      persistent: boolean;
    }
  /** Replaces the leading `bits`; the rest stays. */
  | { kind: 'netmap'; side: Side | null; network: AddressSet; bits: number }
  /** Redirects to this host itself: the address of the interface the packet came in by. */
  | { kind: 'redirect'; ports: Ranges<number> | null; random: Randomness }
  /** mark = (mark & ~mask) ^ value */
  | { kind: 'setMark'; of: 'packet' | 'connection'; value: number; mask: number }
  /** to = (to & ~toMask) ^ (from & fromMask) */
  | { kind: 'copyMark'; to: 'packet' | 'connection'; fromMask: number; toMask: number }
  | { kind: 'notrack' }
  /** Puts the connection into a flowtable: its later packets pass no rules. */
  | { kind: 'offload' }
  /** Adds or deletes entries of these sets; with `mark`, the packet gets one that a set holds. */
  | { kind: 'changeSets'; sets: string[]; mark: boolean }
  /** Does the first case whose matches hold; where none holds, the rule is over. */
  | { kind: 'choose'; cases: Step[] }
  /** An action that is not understood; `effect` is what it may change of the packet: its mark, or anything. */
  | { kind: 'unknown'; text: string; effect: 'mark' | 'any' };
