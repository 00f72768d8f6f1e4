/** The destinations whose packets NAT or IPVS may lead to others: what a sender may send to, for packets to end up there. */
import { onceFor } from '../../once-for.ts';
import {
  type AddressSet,
  ALL4,
  ALL6,
  addressSet,
  covers,
  intersection,
  intersects,
  isEmpty,
  union,
  unionOf,
} from '../addresses.ts';
import { destinationRules, unknownRules } from '../nat-rules.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import { afterwards } from '../walk/outcomes.ts';
import { packets } from '../walk/packets.ts';
import { receiveAnyhow, send } from '../walk/walk.ts';
import { addressesOf } from './questions.ts';

/** A destination that becomes one of others. */
interface Lead {
  from: AddressSet;
  to: AddressSet;
}

/** Returns these destinations, and all that may become one of them on the way through these namespaces. */
export function ledTo(nodes: readonly NetnsNode[], destinations: AddressSet): AddressSet {
  const leads = nodes.flatMap(leadsOf);
  let reached = destinations;
  for (let grows = true; grows; ) {
    const known = reached;
    const more = leads.filter(({ from, to }) => intersects(to, known) && !covers(known, from));
    reached = unionOf([known, ...more.map(({ from }) => from)]);
    grows = more.length > 0;
  }
  return reached;
}

const leadsOf = onceFor((node: NetnsNode): readonly Lead[] => {
  const { services, ruleset } = node.net;
  const translates = [destinationRules(ruleset), unknownRules(ruleset, 'destination'), services];
  if (translates.every((some) => some.length === 0)) return [];
  return [ALL4, ALL6].flatMap((family) => {
    const own = intersection(addressesOf(node), family);
    const parts = [
      ...receiveAnyhow(node.net, packets(family, family)),
      ...(isEmpty(own) ? [] : send(node.net, packets(own, family))),
    ];
    return parts.flatMap(({ packets: part, outcomes }) =>
      outcomes.flatMap((outcome): Lead[] => {
        const { destination, server, verdict } = outcome;
        const from = part.destination;
        if (verdict === 'unknown') return [{ from, to: family }];
        if (destination === null && server === null) return [];
        const to = afterwards(part, outcome).destination;
        return [{ from, to: server ? union(to, addressSet(server.address)) : to }];
      }),
    );
  });
});
