/** The choice of the address that the kernel gives to a packet that leaves by an interface. */
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, contains, prefixSet, unionOf } from '../addresses.ts';
import { type Interface, type InterfaceAddress, interfaceNamed } from '../interfaces.ts';

/**
 * Returns the source address that MASQUERADE gives (IPv4: linux 6.1, net/ipv4/devinet.c, inet_select_addr with
 * RT_SCOPE_UNIVERSE), or the reason why none is known. IPv6 follows RFC 6724: with several candidates it is one of
 * them.
 */
export function addressFor(
  interfaces: readonly Interface[],
  out: string,
  next: Address,
): AddressSet | string {
  const device = interfaceNamed(interfaces, out);
  if (!device) return `the addresses of interface ${out}`;
  const found =
    next.family === 4 ? selectV4(interfaces, device, next) : candidatesV6(interfaces, device, next);
  return found ?? `interface ${out} has no address to give`;
}

function selectV4(interfaces: readonly Interface[], device: Interface, next: Address): AddressSet | null {
  const own = device.addresses.filter(isPrimary);
  const near = own.find((one) => contains(networkOf(one), next));
  // an interface without addresses borrows one, of the first interface that has any
  const chosen = near ?? own[0] ?? interfaces.flatMap(({ addresses }) => addresses.filter(isPrimary))[0];
  return chosen ? addressSet(chosen.address) : null;
}

const isPrimary = ({ address, secondary, scope }: InterfaceAddress) =>
  address.family === 4 && !secondary && scope === 'global';

const networkOf = ({ address, peer, prefix }: InterfaceAddress) => prefixSet(peer ?? address, prefix);

/**
 * Returns the destination itself where it is an address of the host's own, else the usable addresses of the interface,
 * of the scope (net/ipv6/addrconf.c, ipv6_get_saddr_eval and ipv6_dev_get_saddr).
 */
function candidatesV6(interfaces: readonly Interface[], device: Interface, next: Address): AddressSet | null {
  const same = interfaces
    .flatMap(({ addresses }) => addresses)
    .find(({ address, tentative }) => !tentative && printAddress(address) === printAddress(next));
  if (same) return addressSet(same.address);
  const usable = device.addresses.filter(
    ({ address, tentative, scope }) => address.family === 6 && !tentative && scope === 'global',
  );
  const preferred = usable.filter(({ deprecated }) => !deprecated);
  const candidates = preferred.length > 0 ? preferred : usable;
  return candidates.length === 0 ? null : unionOf(candidates.map(({ address }) => addressSet(address)));
}
