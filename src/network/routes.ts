/** Reads `ip route show table all`, for both families (iproute2 3 to 6, and busybox). */
import { type Address, parseAddress } from './address-text.ts';
import { type AddressSet, ALL4, ALL6, parseAddresses } from './addresses.ts';

export interface Route {
  family: 4 | 6;
  /** The table: `main`, `local`, `default`, or the number or name of another. */
  table: string;
  /** The type: `unicast`, `local`, `broadcast`, `multicast`, `blackhole`, `unreachable`, `prohibit`, `throw`, `nat`. */
  type: string;
  destination: AddressSet;
  /** The length of its prefix. */
  bits: number;
  /** The sources it is for (IPv6 `from`); everything where it is not given. */
  from: AddressSet;
  tos: number;
  metric: number;
  /** The next hops; several for a multipath route. */
  hops: NextHop[];
  /** The source address preferred for locally generated packets. */
  source: Address | null;
  scope: string;
  /** The protocol that made it: `kernel`, `boot` (ip itself), `static`, ... */
  protocol: string;
  /** The tunnel that packets are put into as they take it (`encap`), which is not followed; null for none. */
  encap: string | null;
  /** The flags: `linkdown`, `dead`, `onlink`, `pervasive`, ... */
  flags: string[];
  text: string;
  line: number;
}

export interface NextHop {
  via: Address | null;
  device: string | null;
  weight: number;
}

const TYPES: ReadonlySet<string> = new Set([
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
]);

/** Throws on a line that is no route. */
export function parseRoutes(text: string, family: 4 | 6, origin: string): Route[] {
  const routes: Route[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const content = raw.replace(/\\/g, ' ').trim();
    if (content === '' || /^(?:Kernel IP routing table|Destination +Gateway )/.test(content)) continue;
    const tokens = family === 4 ? inTermsOfIp(content.split(/\s+/)) : content.split(/\s+/);
    const last = routes.at(-1);
    if (tokens[0] === 'nexthop' && last) {
      // the text before the first of them names no next hop
      if (!last.hops.some(({ device, via }) => device || via)) last.hops = [];
      last.hops.push(readHop(tokens));
      last.text += ` ${content}`;
      continue;
    }
    const route = readRoute(tokens, family);
    if (!route) throw new Error(`${origin}:${i + 1}: no route: ${raw.slice(0, 80)}`);
    routes.push({ ...route, text: content, line: i + 1 });
  }
  return routes;
}

/**
 * Turns a row of `route -n` or `netstat -rn` into the words of ip: `0.0.0.0  10.0.2.2  0.0.0.0  UG  0  0  0 eth0`; net-tools
 * 2.10, lib/inet_gr.c. What is no such row stays as it is.
 */
function inTermsOfIp(tokens: string[]): string[] {
  const [where = '', gateway = '', mask = '', flags = '', metric = ''] = tokens;
  const device = tokens.at(-1) ?? '';
  const parts = mask.split('.');
  if (tokens.length < 8 || parts.length !== 4 || !/^!?[UGHRDMACI!]+$/.test(flags)) return tokens;
  const bits = parts.map((part) => Number(part).toString(2).replaceAll('0', '')).join('').length;
  const destination = where === 'default' || bits === 0 ? 'default' : `${where}/${bits}`;
  if (flags.startsWith('!')) return ['unreachable', destination];
  const via = flags.includes('G') ? ['via', gateway] : [];
  return [destination, ...via, 'dev', device, 'metric', /^\d+$/.test(metric) ? metric : '0'];
}

/** `default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100`, `local 10.0.0.1 dev lo table local ...` */
function readRoute(tokens: readonly string[], family: 4 | 6): Omit<Route, 'text' | 'line'> | null {
  const [first = '', second = ''] = tokens;
  const type = TYPES.has(first) ? first : 'unicast';
  const where = first === type ? second : first;
  const all = family === 4 ? ALL4 : ALL6;
  const destination = where === 'default' ? all : parseDestination(where);
  if (!destination) return null;
  const from = tokenAfter(tokens, 'from');
  const metric = Number(tokenAfter(tokens, 'metric') ?? 0);
  if (!Number.isInteger(metric)) return null;
  const hops = tokens.includes('nexthop') ? splitHops(tokens) : [readHop(tokens)];
  return {
    family,
    table: tokenAfter(tokens, 'table') ?? 'main',
    type,
    destination,
    bits: where === 'default' ? 0 : bitsOf(where),
    from: (from && from !== 'default' ? parseDestination(from) : null) ?? all,
    tos: Number(tokenAfter(tokens, 'tos') ?? 0),
    metric,
    hops,
    source: parseAddress(tokenAfter(tokens, 'src') ?? ''),
    scope: tokenAfter(tokens, 'scope') ?? 'global',
    protocol: tokenAfter(tokens, 'proto') ?? 'boot',
    encap: tokenAfter(tokens, 'encap') ?? null,
    flags: tokens.filter((token) => FLAGS.has(token)),
  };
}

const FLAGS: ReadonlySet<string> = new Set([
  'linkdown',
  'dead',
  'onlink',
  'pervasive',
  'offload',
  'notify',
  'unresolved',
]);

/** Parses a destination; old versions of ip shorten `10.0.0.0/8` to `10/8`. */
export function parseDestination(text: string): AddressSet | null {
  const [base = '', bits] = text.split('/');
  const octets = base.split('.');
  const short = !base.includes(':') && /^\d+(\.\d+)*$/.test(base) && octets.length < 4;
  const full = short ? [...octets, ...Array<string>(4 - octets.length).fill('0')].join('.') : base;
  return parseAddresses(bits === undefined ? full : `${full}/${bits}`);
}

function bitsOf(text: string): number {
  const bits = text.split('/')[1];
  return bits === undefined ? (text.includes(':') ? 128 : 32) : Number(bits);
}

function tokenAfter(tokens: readonly string[], name: string): string | undefined {
  const at = tokens.indexOf(name, 1);
  return at < 0 ? undefined : tokens[at + 1];
}

/** `via 10.0.0.1 dev eth0`, `via inet6 fe80::1 dev eth0`, `nexthop via 10.0.0.1 dev eth0 weight 1` */
function readHop(tokens: readonly string[]): NextHop {
  const via = tokenAfter(tokens, 'via');
  const address = via === 'inet6' || via === 'inet' ? tokens[tokens.indexOf(via) + 1] : via;
  return {
    via: parseAddress(address ?? ''),
    device: tokenAfter(tokens, 'dev') ?? null,
    weight: Number(tokenAfter(tokens, 'weight') ?? 1),
  };
}

/** Splits a multipath route, which `ip -o` writes in one line. */
function splitHops(tokens: readonly string[]): NextHop[] {
  const starts = tokens.flatMap((token, i) => (token === 'nexthop' ? [i] : []));
  return starts.map((start, i) => readHop(tokens.slice(start, starts[i + 1])));
}
