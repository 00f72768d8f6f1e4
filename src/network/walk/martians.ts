/**
 * Packets that a host takes from no network, whatever its routes: linux 6.1, net/ipv4/route.c (ip_route_input_slow,
 * ip_mc_validate_source), net/ipv6/ip6_input.c (ip6_rcv_core).
 */

import { onceFor } from '../../once-for.ts';
import { type AddressSet, parseAddresses, unionOf } from '../addresses.ts';
import { eitherOf } from '../interface-settings.ts';
import { before, parseKernelVersion } from '../kernel-version.ts';
import { byAddress, doubted, type Flow, unknown, withStep } from './flow.ts';
import { bothBranches } from './match.ts';
import type { Namespace } from './namespace.ts';
import { inForceAt } from './settings-in-force.ts';
import type { MartianSite } from './step.ts';

const setOf = (...texts: string[]): AddressSet =>
  // biome-ignore lint/style/noNonNullAssertion: these are addresses
  unionOf(texts.map((text) => parseAddresses(text)!));

const BROADCAST = setOf('255.255.255.255');
const NOBODY = setOf('0.0.0.0');
const NOBODYS_NETWORK = setOf('0.0.0.0/8');
const LOOPBACK = setOf('127.0.0.0/8');
const MULTICAST = setOf('224.0.0.0/4');

export interface Sorted {
  /** The packets that are routed. */
  on: Flow[];
  dropped: Flow[];
  /** The packets for all neighbours, which every host takes. */
  broadcast: Flow[];
  /** Those from 0.0.0.0, of hosts without an address yet (DHCP), whose source nobody validates; to 0.0.0.0, too. */
  unaddressed: Flow[];
  /** The packets for groups: who has joined which is not known. */
  multicast: Flow[];
}

/** Sorts IPv4 packets that have passed PREROUTING. */
export function sortMartians(flow: Flow, namespace: Namespace): Sorted {
  const sorted: Sorted = { on: [], dropped: [], broadcast: [], unaddressed: [], multicast: [] };
  const drop = (flows: readonly Flow[], site: MartianSite) =>
    sorted.dropped.push(...flows.map((one) => withStep(one, site)));
  const fromGroups = split([flow], 'source', unionOf([MULTICAST, BROADCAST]));
  drop(fromGroups.yes, special('source'));
  const toGroups = split(fromGroups.no, 'destination', MULTICAST);
  sorted.multicast.push(...toGroups.yes);
  const fromNobody = split(toGroups.no, 'source', NOBODY);
  const unaddressed = split(fromNobody.yes, 'destination', unionOf([BROADCAST, NOBODY]));
  sorted.unaddressed.push(...unaddressed.yes);
  const toAll = split([...fromNobody.no, ...unaddressed.no], 'destination', BROADCAST);
  sorted.broadcast.push(...toAll.yes);
  let rest = toAll.no;
  for (const side of ['source', 'destination'] as const) {
    const nobody = split(rest, side, NOBODY);
    drop(nobody.yes, special(side));
    const near = split(nobody.no, side, NOBODYS_NETWORK);
    const { on, dropped } = ofNobodysNetwork(near.yes, side, namespace);
    rest = [...near.no, ...on];
    sorted.dropped.push(...dropped);
  }
  const toLoopback = split(rest, 'destination', LOOPBACK);
  const fromLoopback = split(toLoopback.no, 'source', LOOPBACK);
  sorted.on.push(...fromLoopback.no);
  const sides: [MartianSite['side'], Flow[]][] = [
    ['destination', toLoopback.yes],
    ['source', fromLoopback.yes],
  ];
  for (const [side, flows] of sides) {
    for (const part of flows) {
      const { on, dropped } = byLocalnet(part, side, flow.in, namespace);
      sorted.on.push(...on);
      sorted.dropped.push(...dropped);
    }
  }
  return sorted;
}

/**
 * Tells whether the kernel takes the other addresses of 0.0.0.0/8, as it does since 5.3 (commit 96125bf9985a). Vendors
 * may have taken that over.
 */
const takesZeronet = onceFor(({ release }: Namespace): 'yes' | 'no' | 'unknown' => {
  const old = before(release, '5.3');
  if (old.ok && !old.value) return 'yes';
  const version = parseKernelVersion(release);
  return version.ok && version.value.vendor === null ? 'no' : 'unknown';
});

function ofNobodysNetwork(
  flows: readonly Flow[],
  side: MartianSite['side'],
  namespace: Namespace,
): Pick<Sorted, 'on' | 'dropped'> {
  const dropped = (part: Flow) => withStep(part, special(side));
  const takes = takesZeronet(namespace);
  if (takes === 'yes') return { on: [...flows], dropped: [] };
  if (takes === 'no') return { on: [], dropped: flows.map(dropped) };
  const doubt = unknown('whether this kernel takes packets of 0.0.0.0/8');
  const doubtful = flows.map((part) => doubted(part, doubt));
  return { on: doubtful, dropped: doubtful.map(dropped) };
}

/** Lets packets with an address of 127.0.0.0/8 pass where the interface has route_localnet. */
function byLocalnet(
  flow: Flow,
  side: MartianSite['side'],
  device: string | null,
  namespace: Namespace,
): Pick<Sorted, 'on' | 'dropped'> {
  const { values, by, unread } = inForceAt(namespace, device, (name) =>
    eitherOf(namespace.settings, 'route_localnet', name),
  );
  const why = unread.length > 0 ? unread.join(', ') : 'which interface packets come in by (route_localnet)';
  const part = values.length > 1 ? doubted(flow, unknown(why)) : flow;
  const site: MartianSite = { kind: 'martian', action: 'drop', side, what: 'loopback', setting: by };
  return {
    on: values.includes(1) ? [part] : [],
    dropped: values.includes(0) ? [withStep(part, site)] : [],
  };
}

/**
 * Drops packets of this host's own from 127.0.0.0/8 that would leave by another interface than lo (net/ipv4/route.c,
 * __mkroute_output).
 */
export function withoutLoopbackSource(
  flow: Flow,
  out: string | null,
  namespace: Namespace,
): Pick<Sorted, 'on' | 'dropped'> {
  const { yes, no } = split([flow], 'source', LOOPBACK);
  if (out === 'lo') return { on: [flow], dropped: [] };
  const parts = yes.map((part) => byLocalnet(part, 'source', out, namespace));
  return {
    on: [...no, ...parts.flatMap(({ on }) => on)],
    dropped: parts.flatMap(({ dropped }) => dropped),
  };
}

const FORBIDDEN6 = {
  source: setOf('::1', 'ff00::/8'),
  destination: setOf('::1'),
} as const;

/** Drops IPv6 packets that no rule gets to see. */
export function withoutMartians6(flow: Flow): { on: Flow[]; dropped: Flow[] } {
  const bySource = split([flow], 'source', FORBIDDEN6.source);
  const byDestination = split(bySource.no, 'destination', FORBIDDEN6.destination);
  return {
    on: byDestination.no,
    dropped: [
      ...bySource.yes.map((one) => withStep(one, special('source'))),
      ...byDestination.yes.map((one) => withStep(one, special('destination'))),
    ],
  };
}

const special = (side: MartianSite['side']): MartianSite => ({
  kind: 'martian',
  action: 'drop',
  side,
  what: 'special',
  setting: null,
});

/** Splits flows by an address; where it is not known which the kernel chose, they go both ways, in doubt. */
function split(
  flows: readonly Flow[],
  side: MartianSite['side'],
  set: AddressSet,
): { yes: Flow[]; no: Flow[] } {
  const parts = flows.map((flow) => bothBranches(byAddress(flow, side, set), flow, 'source validation'));
  return { yes: parts.flatMap(({ yes }) => yes), no: parts.flatMap(({ no }) => no) };
}
