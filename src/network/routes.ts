/** Reads `ip route show table all` and `ip rule`, for both families (iproute2 3 to 6, and busybox). */
import { type Address, parseAddress } from './address-text.ts';
import { type AddressSet, ALL4, ALL6, parseAddresses } from './addresses.ts';

export interface Route {
  family: 4 | 6;
  /** `main`, `local`, `default`, or the number or name of another. */
  table: string;
  /** `unicast`, `local`, `broadcast`, `multicast`, `blackhole`, `unreachable`, `prohibit`, `throw`, `nat`. */
  type: string;
  destination: AddressSet;
  /** Length of its prefix. */
  bits: number;
  /** Only for packets from here (IPv6 `from`); everything where it is not given. */
  from: AddressSet;
  tos: number;
  metric: number;
  /** Several for a multipath route. */
  hops: NextHop[];
  /** The source address preferred for packets that start here. */
  source: Address | null;
  scope: string;
  /** `linkdown`, `dead`, `onlink`, `pervasive`, ... */
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
    const words = content.split(/\s+/);
    const last = routes.at(-1);
    if (words[0] === 'nexthop' && last) {
      // what stood before the first of them names no way
      if (!last.hops.some(({ device, via }) => device || via)) last.hops = [];
      last.hops.push(readHop(words));
      last.text += ` ${content}`;
      continue;
    }
    const route = readRoute(words, family);
    if (!route) throw new Error(`${origin}:${i + 1}: no route: ${raw.slice(0, 80)}`);
    routes.push({ ...route, text: content, line: i + 1 });
  }
  return routes;
}

/** `default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100`, `local 10.0.0.1 dev lo table local ...` */
function readRoute(words: readonly string[], family: 4 | 6): Omit<Route, 'text' | 'line'> | null {
  const type = TYPES.has(words[0]!) ? words[0]! : 'unicast';
  const where = words[0] === type ? words[1] : words[0];
  const all = family === 4 ? ALL4 : ALL6;
  const destination = where === 'default' ? all : parseDestination(where ?? '');
  if (!destination) return null;
  const from = wordAfter(words, 'from');
  const metric = Number(wordAfter(words, 'metric') ?? 0);
  if (!Number.isInteger(metric)) return null;
  const hops = words.includes('nexthop') ? splitHops(words) : [readHop(words)];
  return {
    family,
    table: wordAfter(words, 'table') ?? 'main',
    type,
    destination,
    bits: where === 'default' ? 0 : bitsOf(where!),
    from: (from && from !== 'default' ? parseDestination(from) : null) ?? all,
    tos: Number(wordAfter(words, 'tos') ?? 0),
    metric,
    hops,
    source: parseAddress(wordAfter(words, 'src') ?? ''),
    scope: wordAfter(words, 'scope') ?? 'global',
    flags: words.filter((word) => FLAGS.has(word)),
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

/** Old versions of ip shorten `10.0.0.0/8` to `10/8`. */
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

function wordAfter(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name, 1);
  return at < 0 ? undefined : words[at + 1];
}

/** `via 10.0.0.1 dev eth0`, `via inet6 fe80::1 dev eth0`, `nexthop via 10.0.0.1 dev eth0 weight 1` */
function readHop(words: readonly string[]): NextHop {
  const via = wordAfter(words, 'via');
  const address = via === 'inet6' || via === 'inet' ? words[words.indexOf(via) + 1] : via;
  return {
    via: parseAddress(address ?? ''),
    device: wordAfter(words, 'dev') ?? null,
    weight: Number(wordAfter(words, 'weight') ?? 1),
  };
}

/** `ip -o` writes a multipath route in one line. */
function splitHops(words: readonly string[]): NextHop[] {
  const starts = words.flatMap((word, i) => (word === 'nexthop' ? [i] : []));
  return starts.map((start, i) => readHop(words.slice(start, starts[i + 1])));
}

/** One `ip rule`: which table is asked for which packets. */
export interface RoutingRule {
  family: 4 | 6;
  priority: number;
  not: boolean;
  from: AddressSet;
  to: AddressSet;
  mark: { value: number; mask: number } | null;
  in: string | null;
  out: string | null;
  /** Null for an action that is no look-up. */
  table: string | null;
  /** `lookup`, `blackhole`, `unreachable`, `prohibit`, `goto`, `nop`. */
  action: string;
  /** Routes with prefixes this short or shorter do not count (`suppress_prefixlength`). */
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
    rules.push(
      readRule(match[2]!.split(/\s+/), { family, priority: Number(match[1]), text: raw.trim(), line: i + 1 }),
    );
  }
  return rules;
}

function readRule(
  words: readonly string[],
  given: Pick<RoutingRule, 'family' | 'priority' | 'text' | 'line'>,
): RoutingRule {
  const all = given.family === 4 ? ALL4 : ALL6;
  const rule: RoutingRule = {
    ...given,
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
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const next = words[i + 1] ?? '';
    const set = next === 'all' ? all : parseDestination(next);
    if (word === 'not') rule.not = true;
    else if (word === 'from' && set) [rule.from] = [set, i++];
    else if (word === 'to' && set) [rule.to] = [set, i++];
    else if (word === 'iif') [rule.in] = [next, i++];
    else if (word === 'oif') [rule.out] = [next, i++];
    else if (word === 'fwmark') [rule.mark] = [readMark(next), i++];
    else if (word === 'lookup' || word === 'table') [rule.table, rule.action] = [words[++i] ?? '', 'lookup'];
    else if (word === 'suppress_prefixlength') [rule.suppress] = [Number(next), i++];
    else if (ACTIONS.has(word)) rule.action = word;
    else if (word === 'proto' || word === 'protocol') i++;
    else if (!NOTES.test(word)) [i] = [i + 1, rule.unknown.push(`${word} ${next}`)];
  }
  return rule;
}

const ACTIONS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'nop']);
/** What ip adds for people. */
const NOTES = /^\[.*\]$/;

function readMark(text: string): { value: number; mask: number } {
  const [value, mask = '0xffffffff'] = text.split('/');
  return { value: Number(value), mask: Number(mask) };
}
