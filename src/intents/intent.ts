/** Intents: what people say must hold between senders and an address, whatever rules and routes bring it about. */
import type { EvidenceLocation } from '../evaluate/recorded-evidence.ts';
import type { Severity, Source } from '../model.ts';
import type { Address } from '../network/address-text.ts';
import type { AddressSet } from '../network/addresses.ts';
import type { Ranges } from '../network/ranges.ts';

export interface Intent {
  /** One line, different in each intent of a run: `web reaches the database with its own address`. */
  name: string;
  /** The id that its findings bear, made of the name: `intent/web-reaches-the-database`. */
  id: string;
  severity: Severity;
  /** The reason why it must hold; '' where nobody said. */
  why: string;
  /** All that must hold, in one line: `from m1 to 10.0.0.5:5432/tcp: delivered true, source kept`. */
  text: string;
  from: SenderTerm[];
  to: Destination;
  expect: Expectation;
  tests: IntentTest[];
  /** The place of the intent in its file. */
  source: Source;
}

export type IntentVerdict = 'held' | 'violated' | 'unknown';

/** A test inside an intent: recorded evidence, a snapshot, and the verdict there. */
export interface IntentTest extends EvidenceLocation {
  name: string;
  verdict: IntentVerdict;
  source: Source;
}

/** A part of `from`. Parts add up; a `not` takes away, from all senders where nothing else is named. */
export interface SenderTerm {
  not: boolean;
  who: Who;
}

/**
 * - any:       every namespace of the fleet, and whoever is outside
 * - outside:   the addresses that nobody of the fleet has
 * - nodes:     namespaces by name
 * - addresses: whoever has these addresses, in the fleet or outside
 */
export type Who =
  | { kind: 'any' | 'outside' }
  | ({ kind: 'nodes' } & NodeName)
  | { kind: 'addresses'; set: AddressSet };

/** A name for namespaces: `lb-1`, `lb-1/pod`, `group:web/*`. */
export interface NodeName {
  /** The name as it is written. */
  text: string;
  /** A host, or all hosts of a group of the inventory. */
  of: 'host' | 'group';
  name: string;
  /** A namespace's name, or a pattern of names; `init`: the host's own. */
  namespace: string;
}

export interface Destination {
  /** As it is written: `10.0.0.5:5432/tcp`. */
  text: string;
  address: Address;
  protocol: number;
  port: Ranges<number>;
}

/** The fate that every packet must have. Null: nothing is said. */
export interface Expectation {
  /** True: to sockets of the namespace that has the address in the end; false: to nobody. */
  delivered: boolean | null;
  source: SourceExpectation | null;
  /** The most clocks that may arrive from one address. */
  clocks: number | null;
  /** The nodes that packets pass, in this order; of several that a name means, one. */
  via: NodeName[];
}

/** The source that the end sees: the sender's own, another, or one of these. */
export type SourceExpectation =
  | { kind: 'kept' | 'translated' }
  | { kind: 'addresses'; set: AddressSet; text: string };
