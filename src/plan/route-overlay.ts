/** Finds what ip route would make of the routes of a namespace. iproute2, ip-route(8). */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { type Address, parseAddress, printAddress } from '../network/address-text.ts';
import { contains, equals, prefixSet } from '../network/addresses.ts';
import { parseIpAddress } from '../network/interfaces.ts';
import { parseRoutes, type Route } from '../network/routes.ts';
import { type Texts, textIn } from './texts.ts';

const VERBS = ['add', 'append', 'replace', 'change', 'del', 'delete'] as const;

export function runIpRoute(texts: Texts, family: 4 | 6, words: readonly string[], source: Source): Texts {
  const probe = family === 4 ? 'routes.routes' : 'routes.routes6';
  const text = textIn(texts, probe, 'the routes', source) ?? '';
  const [verb = '', ...spec] = words;
  const known = VERBS.find(
    (one) => one === verb || (verb === 'a' && one === 'add') || (verb === 'd' && one === 'del'),
  );
  if (!known)
    throw new UserError(`ip route ${words.join(' ')}: no command that is known here`, {
      source,
      hint: 'of ip route: add, append, replace, change, del',
    });
  const isDeleting = known === 'del' || known === 'delete';
  const row = (isDeleting ? spec : withDevice(texts, spec, source)).join(' ');
  const wanted = placedIn(routeIn(row, family, source), spec);
  const routes = parseRoutes(text, family, probe);
  const lines = text.split('\n');
  const written = (all: readonly string[]) =>
    texts.with(probe, `${all.filter((line) => line !== '').join('\n')}\n`);
  const instead = (gone: Route, ...rows: string[]) =>
    written(lines.toSpliced(gone.line - 1, endOf(gone, lines) - gone.line + 1, ...rows));
  if (isDeleting) {
    const meant = routes.filter((one) => isSame(one, wanted, spec) && matches(one, wanted, spec));
    // they stand by their metric: linux 6.1, net/ipv4/fib_trie.c, fib_find_alias; net/ipv6/ip6_fib.c, fib6_add_rt2node
    const [found] = meant.toSorted((a, b) => a.metric - b.metric);
    if (!found) throw noSuchRoute(texts.name, row, source);
    return instead(found);
  }
  const same = routes.find((one) => isSame(one, wanted, ['metric', 'table']));
  if (same && known === 'add')
    throw new UserError(`${texts.name} has a route to it already: ${same.text}`, {
      source,
      hint: 'ip route replace puts another in its place',
    });
  if (!same && known === 'change') throw noSuchRoute(texts.name, row, source);
  const added = listed(row, wanted, spec);
  if (same && known === 'append' && family === 6 && isVia(same) && isVia(wanted))
    return instead(same, joined(same, wanted));
  return same && known !== 'append' ? instead(same, added) : written([...lines, added]);
}

/** Returns a route with what ip adds to it: the table, by the type (iproute2, ip/iproute.c); and the kernel: the metric of IPv6. */
const placedIn = (route: Route, said: readonly string[]): Route => ({
  ...route,
  table: said.includes('table') || !LOCAL_TYPES.has(route.type) ? named(route.table) : 'local',
  metric: route.family === 6 && route.metric === 0 ? IP6_RT_PRIO_USER : route.metric,
});
const LOCAL_TYPES: ReadonlySet<string> = new Set(['local', 'broadcast', 'anycast', 'nat']);
/** linux 6.1, include/uapi/linux/ipv6_route.h */
const IP6_RT_PRIO_USER = 1024;

/** Tables are listed by these names: iproute2, lib/rt_names.c. */
const named = (table: string): string => TABLE_NAMES.get(table) ?? table;
const TABLE_NAMES: ReadonlyMap<string, string> = new Map([
  ['253', 'default'],
  ['254', 'main'],
  ['255', 'local'],
]);

/** A row with its table and metric, as ip lists it. */
function listed(row: string, { table, metric }: Route, said: readonly string[]): string {
  const words = row.split(' ').map((word, i, all) => (all[i - 1] === 'table' ? table : word));
  return [
    ...words,
    ...(said.includes('table') || table === 'main' ? [] : ['table', table]),
    ...(said.includes('metric') || metric === 0 ? [] : ['metric', String(metric)]),
  ].join(' ');
}

const isVia = ({ type, hops }: Route): boolean => type === 'unicast' && hops.every(({ via }) => via !== null);

/** IPv6 makes one route of several hops of those that are alike: linux 6.1, net/ipv6/ip6_fib.c, fib6_add_rt2node. */
function joined(a: Route, b: Route): string {
  const [where = ''] = a.text.split(/\s+/);
  const hops = [...a.hops, ...b.hops].map(
    ({ via, device, weight }) =>
      `nexthop via ${via ? printAddress(via) : ''} dev ${device ?? ''} weight ${weight} onlink`,
  );
  return [where, `table ${a.table} metric ${a.metric}`, ...hops].join(' ');
}

const noSuchRoute = (name: string, row: string, source: Source) =>
  new UserError(`${name} has no such route: ${row}`, { source, hint: 'ip route shows those that it has' });

function routeIn(row: string, family: 4 | 6, source: Source): Route {
  try {
    const [route, ...more] = parseRoutes(row, family, 'it');
    if (route && more.length === 0) return route;
  } catch {
    // told below, with its place
  }
  throw new UserError(`ip route: no route: ${row}`, {
    source,
    hint: 'as in: ip route add 10.1.0.0/16 via 10.0.0.1',
  });
}

/** A route of several next hops may stand on as many lines more. */
function endOf({ line }: Route, lines: readonly string[]): number {
  let end = line;
  while (/^\s+nexthop /.test(lines[end] ?? '')) end++;
  return end;
}

/** The kernel knows a route by destination, metric and table; `said`: the words that were said of it. */
function isSame(a: Route, b: Route, said: readonly string[]): boolean {
  return (
    equals(a.destination, b.destination) &&
    a.bits === b.bits &&
    named(a.table) === b.table &&
    (!said.includes('metric') || a.metric === b.metric)
  );
}

/** Deletes by what was said: the next hop, the interface, the type, who made it, where these were. */
function matches(route: Route, wanted: Route, said: readonly string[]): boolean {
  const [hop, given] = [route.hops[0], wanted.hops[0]];
  const via = (address: Address | null | undefined) => (address ? printAddress(address) : '');
  return (
    (route.type === wanted.type || !said.includes(wanted.type)) &&
    (!said.includes('proto') || route.protocol === wanted.protocol) &&
    (!said.includes('via') || via(hop?.via) === via(given?.via)) &&
    (!said.includes('dev') || hop?.device === given?.device)
  );
}

/** Returns the words with the interface in them, which the kernel finds by the router's address. */
function withDevice(texts: Texts, spec: readonly string[], source: Source): string[] {
  const at = spec.indexOf('via');
  const via = at < 0 ? null : parseAddress(spec[at + 1] ?? '');
  if (spec.includes('dev') || via === null) return [...spec];
  const text = textIn(texts, 'addresses.addresses', 'the addresses', source) ?? '';
  const device = parseIpAddress(text, 'ip address').find(({ addresses }) =>
    addresses.some(
      ({ address, prefix }) => address.family === via.family && contains(prefixSet(address, prefix), via),
    ),
  );
  if (device) return [...spec.slice(0, at + 2), 'dev', device.name, ...spec.slice(at + 2)];
  throw new UserError(`no interface of ${texts.name} is in a network with ${printAddress(via)}`, {
    source,
    hint: 'say which it is behind: dev INTERFACE',
  });
}
