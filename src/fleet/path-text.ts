/** The texts by which paths name their parts. */
import { printEndpoint } from '../network/address-text.ts';
import { type AddressSet, onlyAddress, printAddresses, size } from '../network/addresses.ts';
import type { Client } from '../network/paths/clients.ts';
import { type Sender, totalOf } from '../network/paths/sources.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { Doubt } from '../network/walk/flow.ts';

/** The most names in one list. */
export const MOST_NAMES = 64;

export function namesOfNode(node: NetnsNode | null): { host: string; namespace: string } {
  return { host: node?.host ?? '', namespace: node?.namespace ?? '' };
}

export const clientName = ({ node }: Client): string => node?.name ?? 'outside';

/**
 * `s2`, `s2 and s3`, `s2, s3 and 7 more`
 *
 * @param length how many there are, with those that stand behind others
 */
export function enumerated<T>(
  things: readonly T[],
  nameOf: (thing: T) => string,
  length = things.length,
): string {
  const names = things.slice(0, 3).map(nameOf);
  if (length <= 1) return names[0] ?? '';
  if (length <= 3) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `${names.slice(0, 2).join(', ')} and ${length - 2} more`;
}

/** Names senders in words: `m1, s2 and others from outside`. */
export const sendersText = (senders: readonly Sender[]): string =>
  enumerated(
    senders,
    ({ client }) => (client.node ? clientName(client) : 'others from outside'),
    totalOf(senders.map(({ client }) => client)),
  );

/** Returns the reasons why something is not certain, each once. */
export const reasonsOf = (doubts: readonly Doubt[]) => [
  ...new Set(doubts.flatMap(({ cause, reason }) => (cause === 'unknown' ? reason : []))),
];

/** Prints a few addresses, or nearly all. */
export const senderText = (set: AddressSet): string =>
  size(set) > MANY ? 'any other address' : printAddresses(set, 4);
const MANY = 2n ** 24n;

/** Prints a destination, with the port where it is one. */
export function destinationText(set: AddressSet, port: number): string {
  const only = onlyAddress(set);
  return only && port !== 0 ? printEndpoint(only, port) : printAddresses(set, 4);
}
