/** Who of a fleet has which address, and who gets what another sends. */
import { type Address, printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, contains, difference, prefixSet, unionOf } from '../addresses.ts';
import { type Interface, type InterfaceAddress, interfaceNamed } from '../interfaces.ts';
import type { Station } from './stations.ts';
import { interfacesOn, type Wire, type Wires, wiresOf } from './wires.ts';

/** An address on an interface of a namespace. */
export interface Holding {
  station: Station;
  device: Interface;
  address: InterfaceAddress;
  wire: Wire;
}

export interface Topology {
  stations: readonly Station[];
  wires: Wires;
  /** By the address as text. */
  holdings: ReadonlyMap<string, readonly Holding[]>;
  /** Every address of the fleet, without 127.0.0.0/8 and ::1. */
  own: AddressSet;
}

const LOOPBACK = unionOf([
  prefixSet({ family: 4, value: 0x7f000000 }, 8),
  addressSet({ family: 6, value: 1n }),
]);

export function topologyOf(stations: readonly Station[]): Topology {
  const wires = wiresOf(stations);
  const holdings = new Map<string, Holding[]>();
  for (const station of stations) {
    for (const device of station.net.interfaces) {
      const wire = wires.get(station)!.get(device.name)!;
      for (const address of device.addresses) {
        const key = printAddress(address.address);
        const known = holdings.get(key);
        const holding = { station, device, address, wire };
        if (known) known.push(holding);
        else holdings.set(key, [holding]);
      }
    }
  }
  const all = [...holdings.values()].flatMap(([first]) => (first ? addressSet(first.address.address) : []));
  return { stations, wires, holdings, own: difference(unionOf(all), LOOPBACK) };
}

export function holdersOf({ holdings }: Topology, address: Address): readonly Holding[] {
  return holdings.get(printAddress(address)) ?? [];
}

/** Who gets a packet, and by which of its interfaces it comes in. */
export interface Neighbour {
  station: Station;
  /** Null: which interface is not known. */
  input: string | null;
}

/**
 * Who answers when `from` asks by its interface `out` for the neighbour `next`. None: nobody of the fleet. Several: the
 * same address is on more than one of them.
 */
export function neighboursOf(topology: Topology, from: Station, out: string, next: Address): Neighbour[] {
  const wire = topology.wires.get(from)?.get(out);
  if (!wire) return [];
  const holders = holdersOf(topology, next).filter(({ station }) => station !== from);
  const onSegment = holders.filter((one) => one.wire.segment === wire.segment && one.wire.kind !== 'silent');
  if (onSegment.length > 0) return onSegment.map(toNeighbour);
  const forOthers = holders.flatMap((one) => answersElsewhere(topology, one, wire));
  if (forOthers.length > 0) return forOthers;
  return isTunnel(from, out, next) ? farEnd(holders, out) : [];
}

const toNeighbour = ({ station, device }: Holding): Neighbour => ({ station, input: device.name });

/** With arp_ignore 0 a host answers on every interface for all of its addresses (net/ipv4/arp.c, arp_ignore). */
function answersElsewhere({ wires }: Topology, { station, address }: Holding, wire: Wire): Neighbour[] {
  if (address.scope === 'host') return [];
  const inputs = interfacesOn(wires, station, wire.segment);
  const input = inputs.find((name) => effective(station, 'arp_ignore', name) === 0);
  return input === undefined ? [] : [{ station, input }];
}

/** net.ipv4.conf: the greater of `all` and the interface's own holds (ip-sysctl.rst); null where it is not known. */
export function effective(station: Station, key: string, device: string): number | null {
  const all = station.sysctls.get(`net.ipv4.conf.all.${key}`);
  // sysctl writes the dots in a name as slashes
  const own = station.sysctls.get(`net.ipv4.conf.${device.replaceAll('.', '/')}.${key}`);
  return all === undefined || own === undefined ? null : Math.max(all, own);
}

/** Where `next` lies in no network of the interface, it is the far end of a tunnel or an overlay (flannel.1, tunl0). */
function isTunnel({ net }: Station, out: string, next: Address): boolean {
  const device = interfaceNamed(net.interfaces, out);
  return !device?.addresses.some(({ address, prefix }) => contains(prefixSet(address, prefix), next));
}

/** The far end of a tunnel: it comes in by the tunnel of the same name, if there is one. */
function farEnd(holders: readonly Holding[], out: string): Neighbour[] {
  const stations = new Set(holders.flatMap(({ wire, station }) => (wire.kind === 'public' ? [station] : [])));
  const [station] = stations;
  if (!station || stations.size !== 1) return [];
  const named = interfaceNamed(station.net.interfaces, out) !== undefined;
  return [{ station, input: named ? out : null }];
}
