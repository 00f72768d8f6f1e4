/** Programs that listen on 127.0.0.1 for their own host, and that neighbours reach all the same. */
import { addressSet, contains, isEmpty, parseAddresses } from '../addresses.ts';
import { TCP } from '../fields.ts';
import { innerBridges, speaksArp } from '../interfaces.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { packets } from '../walk/packets.ts';
import { receive } from '../walk/walk.ts';
import { neighboursOn } from './neighbours.ts';

export interface LoopbackReach {
  /** The interface that packets of neighbours come in by. */
  input: string;
  port: number;
}

// biome-ignore lint/style/noNonNullAssertion: this is a network
const LOOPBACK = parseAddresses('127.0.0.0/8')!;

export function loopbackReach({ net, listeners }: Pick<NetnsNode, 'net' | 'listeners'>): LoopbackReach[] {
  const sockets = (listeners?.list ?? []).filter(({ address }) => contains(LOOPBACK, address));
  const inner = new Set(innerBridges(net.interfaces));
  const links = net.interfaces.filter((one) => one.flags.includes('UP') && speaksArp(one) && !inner.has(one));
  return links.flatMap((link) => {
    const neighbours = neighboursOn(link, net);
    if (isEmpty(neighbours)) return [];
    return sockets.flatMap(({ address, port }) => {
      const set = packets(neighbours, addressSet(address), {
        protocol: [TCP, TCP],
        destinationPort: [port, port],
      });
      const outcomes = receive(net, set, link.name).flatMap((one) => one.outcomes);
      const gets = outcomes.some(({ verdict, doubts }) => verdict === 'delivered' && doubts.length === 0);
      return gets ? [{ input: link.name, port }] : [];
    });
  });
}
