/**
 * What is kept of a host while others are looked at. What many namespaces have alike is held once. The rest is copied: a
 * text that was cut out of another one holds all of that, and what was worked out of a value is held with it.
 */
import type { Finding } from '../model.ts';
import type { InterfaceAddress } from '../network/interfaces.ts';
import type { VirtualService } from '../network/ipvs.ts';
import type { Route } from '../network/routes.ts';
import type { RoutingRule } from '../network/routing-rules.ts';
import type { NetnsNode, Unbudgeted } from '../network/topology/nodes.ts';
import { onceFor } from '../once-for.ts';
import { copied } from './copied.ts';
import { sharedRuleset } from './shared-rulesets.ts';
import { sharing, structureKey } from './sharing.ts';

type Node = Unbudgeted<NetnsNode>;

/** Returns an equal finding. */
export const keptFinding = (finding: Finding): Finding =>
  finding.evidence.length === 0 ? finding : { ...finding, evidence: copied(finding.evidence) };

/** Returns a node that packets meet alike, with the parts that an earlier one has alike. */
export const keptNode = onceFor((node: Node): Node => {
  const { ruleset, settings, rules, routes, services, interfaces, ...own } = node.net;
  return {
    ...copied({ ...node, net: null }),
    net: {
      ...copied(own),
      routes: keptList(routes, sharedRoute),
      services: keptList(services, sharedService),
      interfaces: interfaces.map(({ addresses, ...device }) => ({
        ...copied(device),
        addresses: keptList(addresses, sharedAddress),
      })),
      ruleset: sharedRuleset(ruleset),
      settings: sharedSettings(settings),
      rules: sharedRules(rules),
    },
  };
});

/** Nodes of a cluster have a route, an address and a service for each of its thousands of services, and all the same. */
const LONG = 256;

const keptList = <T extends object>(items: readonly T[], shared: (item: T) => T): T[] =>
  items.length < LONG ? copied([...items]) : items.map(shared);

const sharedRoute = sharing<Route>(structureKey, copied);
const sharedAddress = sharing<InterfaceAddress>(structureKey, copied);
/** What IPVS counted may be another node's, as with the rules of iptables. */
const sharedService = sharing(({ servers, ...service }: VirtualService) => {
  const uncounted = servers.map(({ active, inactive, ...server }) => server);
  return structureKey([service, uncounted]);
}, copied);
const sharedSettings = sharing((settings: Node['net']['settings']) => structureKey([...settings]));
const sharedRules = sharing((rules: readonly RoutingRule[]) => structureKey(rules));
