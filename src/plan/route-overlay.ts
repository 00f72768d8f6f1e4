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
  const row = isDeleting ? spec.join(' ') : withDevice(texts, spec, source).join(' ');
  const wanted = routeIn(row, family, source);
  const routes = parseRoutes(text, family, probe);
  const lines = text.split('\n');
  const kept = (gone: Route) => lines.filter((_, i) => i + 1 < gone.line || i + 1 > endOf(gone, lines));
  if (isDeleting) {
    const found = routes.find((one) => isSame(one, wanted, spec) && matches(one, wanted, spec));
    if (!found) throw noSuchRoute(texts.name, row, source);
    return texts.with(probe, kept(found).join('\n'));
  }
  const same = routes.find((one) => isSame(one, wanted, ['metric', 'table']));
  if (same && known === 'add')
    throw new UserError(`${texts.name} has a route to it already: ${same.text}`, {
      source,
      hint: 'ip route replace puts another in its place',
    });
  if (!same && known === 'change') throw noSuchRoute(texts.name, row, source);
  const left = same && known !== 'append' ? kept(same) : lines;
  return texts.with(probe, `${[...left.filter((line) => line !== ''), row].join('\n')}\n`);
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

/** The kernel knows a route by destination, metric and table; `named`: the words that were said of it. */
function isSame(a: Route, b: Route, named: readonly string[]): boolean {
  return (
    equals(a.destination, b.destination) &&
    a.bits === b.bits &&
    a.table === b.table &&
    (!named.includes('metric') || a.metric === b.metric)
  );
}

/** Deletes by what was said: the next hop, the interface, the type, where these were. */
function matches(route: Route, wanted: Route, named: readonly string[]): boolean {
  const [hop, given] = [route.hops[0], wanted.hops[0]];
  const via = (address: Address | null | undefined) => (address ? printAddress(address) : '');
  return (
    route.type === wanted.type &&
    (!named.includes('via') || via(hop?.via) === via(given?.via)) &&
    (!named.includes('dev') || hop?.device === given?.device)
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
