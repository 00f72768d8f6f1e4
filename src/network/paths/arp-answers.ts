/** Who answers ARP requests where arp_filter is on. */
import { addressSet, intersects, isEmpty } from '../addresses.ts';
import { type Interface, speaksArp } from '../interfaces.ts';
import { flowOf } from '../walk/flow.ts';
import { evaluationContext, type Namespace } from '../walk/namespace.ts';
import { packets } from '../walk/packets.ts';
import { routed } from '../walk/routing.ts';
import { neighboursOn } from './neighbours.ts';

/**
 * Tells whether several interfaces are in one network, and with arp_filter each of them answers there for its own
 * addresses: the way from these to neighbours leads back by it. Each request reaches all of them, and those that it is not
 * for refuse it (linux 6.1, net/ipv4/arp.c, arp_filter).
 */
export function eachAnswersItself(net: Namespace): boolean {
  const speaking = net.interfaces.filter((one) => one.flags.includes('UP') && speaksArp(one));
  const shared = speaking.filter((one) =>
    speaking.some((other) => other !== one && intersects(neighboursOn(one, net), neighboursOn(other, net))),
  );
  return shared.length > 0 && shared.every((one) => answersItself(one, net));
}

function answersItself(device: Interface, net: Namespace): boolean {
  const neighbours = neighboursOn(device, net);
  const own = device.addresses.filter(({ address, scope }) => address.family === 4 && scope === 'global');
  return own.every(({ address }) => {
    const flow = flowOf(packets(addressSet(address), neighbours), { in: '' });
    const ways = isEmpty(neighbours) ? [] : routed(flow, net, evaluationContext(net));
    return ways.every((way) => way.kind === 'route' && way.hop?.device === device.name);
  });
}
