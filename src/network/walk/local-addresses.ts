/** The addresses that a namespace takes for its own, as `-m addrtype --dst-type LOCAL` and nft's `fib daddr type` ask. */

import { onceFor } from '../../once-for.ts';
import {
  type AddressSet,
  ALL6,
  addressSet,
  covers,
  difference,
  intersection,
  NONE,
  parseAddresses,
  union,
  unionOf,
} from '../addresses.ts';
import type { Interface } from '../interfaces.ts';
import { before } from '../kernel-version.ts';
import type { Route } from '../routes.ts';
import { isCustomRule, type RoutingRule } from '../routing-rules.ts';
import { assertNever } from '../rule-parts.ts';

/** Addresses that are local, and others that may be. */
export interface LocalAddresses {
  known: AddressSet;
  doubtful: AddressSet;
}

interface Tables {
  interfaces: readonly Interface[];
  routes: readonly Route[];
  rules: readonly RoutingRule[];
  /** The kernel's release; '' where it is not known. */
  release: string;
}

const localOf = onceFor((_: readonly Interface[]) => new WeakMap<readonly Route[], LocalAddresses>());

/** Returns the addresses of the namespace's own. */
export function localAddresses(tables: Tables): LocalAddresses {
  const byRoutes = localOf(tables.interfaces);
  const local = byRoutes.get(tables.routes) ?? ofBothFamilies(tables);
  byRoutes.set(tables.routes, local);
  return local;
}

/** Returns every address that is certainly the namespace's own. */
export const ownAddresses = (tables: Tables): AddressSet => localAddresses(tables).known;

// biome-ignore lint/style/noNonNullAssertion: these are addresses
export const LOOPBACK = unionOf(['127.0.0.0/8', '::1'].map((text) => parseAddresses(text)!));

function ofBothFamilies(tables: Tables): LocalAddresses {
  const own = tables.interfaces.flatMap(({ addresses }) =>
    addresses.map(({ address }) => addressSet(address)),
  );
  const always = unionOf([LOOPBACK, ...own]);
  const [four, six] = [localOf4(tables), localOf6(tables)];
  const known = unionOf([always, four.known, six.known]);
  return { known, doubtful: difference(union(four.doubtful, six.doubtful), known) };
}

/**
 * IPv4 asks the table `local`, of which `main` is a part since 4.1 as long as no rules were made
 * (net/ipv4/fib_frontend.c, __inet_dev_addr_type; commit 0ddcf43d5d4a).
 */
function localOf4({ routes, rules, release }: Tables): LocalAddresses {
  const of = (...names: string[]) =>
    localIn(routes.filter(({ family, table }) => family === 4 && names.includes(table)));
  const alone = of('local');
  if (rules.some((rule) => rule.family === 4 && isCustomRule(rule))) return { known: alone, doubtful: NONE };
  const merged = of('local', 'main');
  const older = before(release, '4.1');
  if (older.ok) return { known: older.value ? alone : merged, doubtful: NONE };
  return { known: intersection(alone, merged), doubtful: union(alone, merged) };
}

/** The tables in which IPv6 looks where there is no policy routing. */
const DEFAULT_TABLES = ['local', 'main'];

/**
 * IPv6 routes a packet of the host's own to the address, which has no mark, and sees whether the route is a local one
 * (linux 6.1: net/netfilter/xt_addrtype.c, match_lookup_rt6; net/ipv6/netfilter/nft_fib_ipv6.c, __nft_fib6_eval_type).
 */
function localOf6({ routes, rules }: Tables): LocalAddresses {
  const own = rules.filter((rule) => rule.family === 6).sort((a, b) => a.priority - b.priority);
  const lookups = own.length > 0 ? own.map(lookupOf) : DEFAULT_TABLES.map(lookupIn);
  let [known, possible, decided, doubtful] = [NONE, NONE, NONE, NONE];
  for (const { holds, table, within } of lookups) {
    if (holds === 'no') continue;
    const asked = difference(within, decided);
    const inTable = routes.filter((route) => route.family === 6 && route.table === table);
    const local = intersection(localIn(inTable), asked);
    const found = table === null ? asked : intersection(unionOf(inTable.map(reached)), asked);
    possible = union(possible, local);
    if (holds === 'yes') known = union(known, difference(local, doubtful));
    if (holds === 'yes' && table !== null) decided = union(decided, found);
    else doubtful = union(doubtful, found);
    if (covers(decided, ALL6)) break;
  }
  return { known, doubtful: difference(possible, known) };
}

interface Lookup {
  holds: 'yes' | 'no' | 'unknown';
  /** null: what is done with the packets is not followed. */
  table: string | null;
  /** The destinations that it is for. */
  within: AddressSet;
}

const lookupIn = (table: string): Lookup => ({ holds: 'yes', table, within: ALL6 });

function lookupOf(rule: RoutingRule): Lookup {
  const { action, suppress, not, to } = rule;
  const within = not ? ALL6 : to;
  const holds = holdsForUnmarked(rule);
  switch (action.kind) {
    case 'lookup':
      return { holds: suppress === null ? holds : 'unknown', table: action.table, within };
    case 'nop':
      return { holds: 'no', table: null, within };
    case 'refuse':
    case 'goto':
    case 'vrf':
    case 'unknown':
      return { holds, table: null, within };
    default:
      return assertNever(action);
  }
}

/** Tells whether a rule holds for packets of the host's own without a mark; which source they have is another matter. */
function holdsForUnmarked({ not, mark, in: input, out, from, protocol, ports, unknown }: RoutingRule) {
  if (not) return 'unknown';
  if ((mark !== null && mark.value !== 0) || (input !== null && input !== 'lo') || out !== null) return 'no';
  const isWhole = covers(from, ALL6) && protocol === null && !ports.source && !ports.destination;
  return isWhole && unknown.length === 0 ? 'yes' : 'unknown';
}

const reached = ({ destination }: Route): AddressSet => destination;

/** Returns the addresses to which the route of the longest prefix is a local one. */
function localIn(routes: readonly Route[]): AddressSet {
  const local = unionOf(routes.filter(isLocal).map(reached));
  const rivals = routes.filter((route) => !route.flags.includes('dead'));
  const byPrefix = rivals.sort((a, b) => a.bits - b.bits || b.metric - a.metric);
  let found = NONE;
  for (const route of byPrefix) {
    const own = intersection(route.destination, local);
    found = isLocal(route) ? union(found, own) : difference(found, own);
  }
  return found;
}

const isLocal = ({ type }: Route): boolean => type === 'local';
