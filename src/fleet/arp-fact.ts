/** The fact `arp_answers`: what the path engine says of a namespace's answers to neighbours. */
import addressesCollector from '../collectors/addresses.ts';
import routesCollector from '../collectors/routes.ts';
import { type Parsed, type Type, t } from '../define.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Answer } from '../model.ts';
import { ALL4 } from '../network/addresses.ts';
import { eachAnswersItself } from '../network/paths/arp-answers.ts';
import { missingFor, type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { nodesOf } from './nodes.ts';

/** The collectors that it is made of. */
export const ARP_COLLECTORS: readonly { id: string }[] = [addressesCollector, routesCollector];

export const arpType = t.object(
  {
    each_itself: t.bool(
      'Whether several interfaces are in one network, and with arp_filter each answers there for its own addresses, since ' +
        'the way from these to neighbours leads by it',
    ),
  },
  'Who answers ARP requests, with the routes that there are.',
);

type ArpFact = typeof arpType extends Type<infer T> ? T : never;

/** @returns the fact of each namespace, by its name */
export function arpFacts(host: HostModel): ReadonlyMap<string, Answer<Parsed<ArpFact>>> {
  return new Map(withBudget(nodesOf(host)).map((node) => [node.namespace, factOf(node)]));
}

function factOf(node: NetnsNode): Answer<Parsed<ArpFact>> {
  const missing = missingFor(node, ALL4).find(({ what }) => what === 'addresses' || what === 'routes');
  if (missing === undefined)
    return { ok: true, value: { value: { each_itself: eachAnswersItself(node.net) } } };
  const { what, problem = 'failed', reason } = missing;
  return { ok: false, problem, reason: `${what} is not known: ${reason}` };
}
