import type keepalivedCollector from '../collectors/keepalived.ts';
import type { Parsed } from '../define.ts';
import { vrrpFacts } from '../fleet/vrrp.ts';
import type { Answer } from '../model.ts';
import { withBudget } from '../network/topology/nodes.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import type { FleetPart } from './fleet-part.ts';
import { contextOf, type Subject, toFacts } from './subjects.ts';

type Keepalived = Answer<Parsed<ReturnType<typeof keepalivedCollector.fact>['value']>>;

/** Returns each host with its VRRP instances beside those of others, for the rules that look at these. */
export function hostsAmongOthers(parts: readonly FleetPart[], vocabulary: Vocabulary): Subject[] {
  const known = parts.flatMap((part) => {
    const keepalived = part.ofHost.get('keepalived') as Keepalived | undefined;
    return keepalived ? [{ part, host: part.host, keepalived, nodes: withBudget(part.nodes) }] : [];
  });
  const facts = vrrpFacts(known);
  return known.map(({ part: { host, ofHost, atRest } }): Subject => {
    // biome-ignore lint/style/noNonNullAssertion: each host that was given has a fact
    const own = toFacts([...ofHost, ['vrrp', facts.get(host)!]], vocabulary);
    return { scope: 'host', host, namespace: null, own, facts: own, context: contextOf(own), atRest };
  });
}
