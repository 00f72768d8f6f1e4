import { type AddressSet, difference, prefixSet, unionOf } from '../addresses.ts';
import type { Interface } from '../interfaces.ts';
import { ownAddresses } from '../walk/local-addresses.ts';
import type { Namespace } from '../walk/namespace.ts';

/** Returns the IPv4 addresses that others may have in the networks of an interface. */
export function neighboursOn({ addresses }: Interface, net: Namespace): AddressSet {
  const global = addresses.filter(({ address, scope }) => address.family === 4 && scope === 'global');
  return difference(
    unionOf(global.map(({ address, prefix }) => prefixSet(address, prefix))),
    ownAddresses(net),
  );
}
