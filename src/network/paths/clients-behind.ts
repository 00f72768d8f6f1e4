/** The addresses that clients of a host may have who come in from other hosts. */
import { type AddressSet, ALL, difference, prefixSet, unionOf } from '../addresses.ts';
import type { Namespace } from '../walk/namespace.ts';
import { NEVER, PRIVATE } from './special-purpose.ts';

/**
 * Returns public addresses, and the private networks that the host has routes to out of its uplinks. Nobody knows of
 * others, as of Docker's 172.17.0.0/16, that they come in from there.
 */
export function clientsBehind(uplinks: Namespace['interfaces'], { routes }: Namespace): AddressSet {
  const names = new Set(uplinks.map(({ name }) => name));
  const connected = uplinks.flatMap(({ addresses }) =>
    addresses.map(({ address, prefix }) => prefixSet(address, prefix)),
  );
  const routed = routes
    .filter(
      ({ type, bits, hops }) =>
        type === 'unicast' && bits > 0 && hops.some((hop) => names.has(hop.device ?? '')),
    )
    .map(({ destination }) => destination);
  return difference(unionOf([difference(ALL, PRIVATE), ...connected, ...routed]), NEVER);
}
