/** Tells whether a segment leads out of its host. */
import { groupedBy } from '../../grouped-by.ts';
import { isInnerBridge } from '../interfaces.ts';
import type { NetnsNode } from './nodes.ts';
import { isPair } from './pairs.ts';
import { type End, type Segment, segmentOf } from './segments.ts';

/** `unknown`: by a device whose other end is in a namespace that was not seen, on this host or on another. */
export type Lead = 'out' | 'unknown' | 'in';

/**
 * Returns where segments lead.
 *
 * @param ends those that are not silent
 * @param found those whose other end, or the device below them, is in a namespace that was seen
 */
export function findLeads(ends: readonly End[], found: ReadonlySet<End>): ReadonlyMap<Segment, Lead> {
  const members = groupedBy(ends, segmentOf);
  const named = new Map(ends.map((end) => [nameOf(end, end.device.name), end]));
  const masters = new Set(ends.flatMap((end) => (end.device.master ? [nameOf(end, end.device.master)] : [])));
  const leads = new Map<Segment, Lead>();
  const defaults = new Map<NetnsNode, ReadonlySet<string>>();

  /** Tells whether the host's way to everybody else is by this device. */
  function hasDefaultRoute({ node, device }: End): boolean {
    const devices = defaults.get(node) ?? defaultDevices(node);
    defaults.set(node, devices);
    return devices.has(device.name);
  }

  function leadOf(segment: Segment): Lead {
    const known = leads.get(segment);
    if (known) return known;
    // a device that stands on itself by way of others leads nowhere
    leads.set(segment, 'in');
    const own = members.get(segment) ?? [];
    const inner = own.some(({ device }) => isInnerBridge(device));
    const each = own.map((end) => leadBy(end, inner));
    const lead = each.includes('out') ? 'out' : each.includes('unknown') ? 'unknown' : 'in';
    const told = lead === 'unknown' && own.some(hasDefaultRoute) ? 'out' : lead;
    leads.set(segment, told);
    return told;
  }

  function leadBy(end: End, inner: boolean): Lead {
    const { node, device } = end;
    // the ports of a bridge decide for it
    if (isInnerBridge(device) || masters.has(nameOf(end, device.name))) return 'in';
    if (isPair(end)) {
      if (found.has(end) || inner) return 'in';
      return node.allSeen ? 'out' : 'unknown';
    }
    const below = device.peer === null ? undefined : named.get(nameOf(end, device.peer));
    if (below?.device.peer === device.name) return 'in';
    // VLANs, macvlan and ipvlan go where the device that they stand on does
    if (below) return leadOf(segmentOf(below));
    return node.init ? 'out' : 'in';
  }

  for (const segment of members.keys()) leadOf(segment);
  return leads;
}

const nameOf = ({ node }: End, device: string) => `${node.name} ${device}`;

/** Returns the devices by which the default routes leave. */
function defaultDevices({ net }: NetnsNode): ReadonlySet<string> {
  const routes = net.routes.filter(
    ({ table, type, bits }) => table === 'main' && type === 'unicast' && bits === 0,
  );
  return new Set(routes.flatMap(({ hops }) => hops.flatMap(({ device }) => device ?? [])));
}
