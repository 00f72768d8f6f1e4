/**
 * What is kept of a host while others are looked at. What many namespaces have alike is held once. The rest is copied: a
 * text that was cut out of another one holds all of that, and what was worked out of a value is held with it.
 */
import type { Parsed } from '../define.ts';
import type { Answer } from '../model.ts';
import type { InterfaceAddress } from '../network/interfaces.ts';
import type { VirtualService } from '../network/ipvs.ts';
import type { Route } from '../network/routes.ts';
import type { RoutingRule } from '../network/routing-rules.ts';
import { uncountedRuleset } from '../network/shared-tables.ts';
import type { NetnsNode, Unbudgeted } from '../network/topology/nodes.ts';
import { onceFor } from '../once-for.ts';
import { sharing, structureKey } from '../sharing.ts';
import { copied } from './copied.ts';

type Node = Unbudgeted<NetnsNode>;

/** Returns a node that packets meet alike, with the parts that an earlier one has alike. */
export const keptNode = onceFor((node: Node): Node => {
  const { ruleset, settings, rules, routes, services, interfaces, ...own } = node.net;
  return {
    ...copied({ ...node, net: null }),
    net: {
      ...copied(own),
      routes: routes.map(sharedRoute),
      services: sharedServices(services.map(sharedService)),
      interfaces: interfaces.map(({ addresses, flags, ...device }) => ({
        ...copied(device),
        flags: sharedFlags(flags),
        addresses: sharedAddresses(addresses.map(sharedAddress)),
      })),
      ruleset: uncountedRuleset(ruleset),
      settings: sharedSettings(settings),
      rules: sharedRules(rules),
    },
  };
});

/** Returns an equal fact. */
export const keptFact = sharing<Answer<Parsed<unknown>>>(structureKey, copied);

const sharedFlags = sharing<string[]>(structureKey, copied);
const sharedRoute = sharing<Route>(structureKey, copied);
const sharedAddress = sharing<InterfaceAddress>(structureKey, copied);
/** What IPVS counted may be another node's, as with the rules of iptables. */
const sharedService = sharing(({ servers, ...service }: VirtualService) => {
  const uncounted = servers.map(({ active, inactive, ...server }) => server);
  return structureKey([service, uncounted]);
}, copied);
/** Lists of values that are shared. */
const sharedList = <T extends object>() => sharing((list: T[]) => list.map(numberOf).join());
let numbers = 0;
const numberOf = onceFor((_: object): number => numbers++);
const sharedServices = sharedList<VirtualService>();
const sharedAddresses = sharedList<InterfaceAddress>();
const sharedSettings = sharing((settings: Node['net']['settings']) => structureKey([...settings]));
const sharedRules = sharing((rules: readonly RoutingRule[]) => structureKey(rules));
