/** Reads `ip route show table all` and `ip rule`, for both families (iproute2 3 to 6, and busybox). */
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
    if (content === '') continue;
    const tokens = content.split(/\s+/);
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
function parseDestination(text: string): AddressSet | null {
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

/** One `ip rule`: the packets it matches and the table it looks up. */
export interface RoutingRule {
  family: 4 | 6;
  priority: number;
  not: boolean;
  from: AddressSet;
  to: AddressSet;
  mark: { value: number; mask: number } | null;
  in: string | null;
  out: string | null;
  /** The table; null for an action that is no look-up. */
  table: string | null;
  /** The action: `lookup`, `blackhole`, `unreachable`, `prohibit`, `goto`, `nop`. */
  action: string;
  /** The prefix length up to which routes do not count (`suppress_prefixlength`); null for none. */
  suppress: number | null;
  /** Conditions that are not understood, as written. */
  unknown: string[];
  text: string;
  line: number;
}

/** `32766:	from all lookup main`, `100:	not from 10.0.0.0/8 fwmark 0x1/0xff iif eth0 lookup 100` */
export function parseRules(text: string, family: 4 | 6, origin: string): RoutingRule[] {
  const rules: RoutingRule[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const match = /^(\d+):\s+(.*)$/.exec(raw.trim());
    if (!match) throw new Error(`${origin}:${i + 1}: no routing rule: ${raw.slice(0, 80)}`);
    const [, priority, options = ''] = match;
    rules.push(
      readRule(options.split(/\s+/), { family, priority: Number(priority), text: raw.trim(), line: i + 1 }),
    );
  }
  return rules;
}

function readRule(
  tokens: readonly string[],
  selector: Pick<RoutingRule, 'family' | 'priority' | 'text' | 'line'>,
): RoutingRule {
  const all = selector.family === 4 ? ALL4 : ALL6;
  const rule: RoutingRule = {
    ...selector,
    not: false,
    from: all,
    to: all,
    mark: null,
    in: null,
    out: null,
    table: null,
    action: 'nop',
    suppress: null,
    unknown: [],
  };
  for (let i = 0; i < tokens.length; i++) {
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    const token = tokens[i]!;
    const next = tokens[i + 1] ?? '';
    const set = next === 'all' ? all : parseDestination(next);
    if (token === 'not') rule.not = true;
    else if (token === 'from' && set) [rule.from] = [set, i++];
    else if (token === 'to' && set) [rule.to] = [set, i++];
    else if (token === 'iif') [rule.in] = [next, i++];
    else if (token === 'oif') [rule.out] = [next, i++];
    else if (token === 'fwmark') [rule.mark] = [readMark(next), i++];
    else if (token === 'lookup' || token === 'table')
      [rule.table, rule.action] = [tokens[++i] ?? '', 'lookup'];
    else if (token === 'suppress_prefixlength') [rule.suppress] = [Number(next), i++];
    else if (ACTIONS.has(token)) rule.action = token;
    else if (token === 'proto' || token === 'protocol') i++;
    else if (!NOTES.test(token)) [i] = [i + 1, rule.unknown.push(`${token} ${next}`)];
  }
  return rule;
}

const ACTIONS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'nop']);
/** The notes that ip adds for people. */
const NOTES = /^\[.*\]$/;

function readMark(text: string): { value: number; mask: number } {
  const [value, mask = '0xffffffff'] = text.split('/');
  return { value: Number(value), mask: Number(mask) };
}
