/** Reads the words that ip rule takes and prints, into one form for each. iproute2 6.1, ip/iprule.c. */
import { parseAddress, printAddress } from '../network/address-text.ts';
import { parseMark, parsePortRange, protocolNumber } from '../network/fields.ts';

const SELECTORS = [
  ...(['not', 'from', 'to', 'tos', 'fwmark', 'iif', 'oif', 'uidrange', 'ipproto', 'sport', 'dport'] as const),
  ...(['tun_id', 'action', 'suppress_prefixlength', 'suppress_ifgroup', 'realms', 'proto'] as const),
] as const;
export type Selector = (typeof SELECTORS)[number] | 'pref';

/** What was said of a routing rule, or is printed of it: values are equal as texts where they are. */
export type RuleWords = ReadonlyMap<Selector, string>;

/** Other words for selectors, in the order that ip tries them. */
const OTHER_WORDS: readonly [word: string, selector: Selector][] = [
  ['preference', 'pref'],
  ['order', 'pref'],
  ['priority', 'pref'],
  ['dsfield', 'tos'],
  ['realms', 'realms'],
  ['protocol', 'proto'],
  ['tun_id', 'tun_id'],
  ['suppress_prefixlength', 'suppress_prefixlength'],
  ['sup_pl', 'suppress_prefixlength'],
  ['suppress_ifgroup', 'suppress_ifgroup'],
  ['sup_group', 'suppress_ifgroup'],
  ['dev', 'iif'],
];

/** Returns null where a word is not understood. */
export function readRuleWords(words: readonly string[]): RuleWords | null {
  const read = new Map<Selector, string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const plain = actionOf(word);
    if (word === 'not') read.set('not', '');
    else if (plain !== null) read.set('action', plain);
    else if (word !== 'type' && !NOTE.test(word)) {
      const selector = selectorOf(word);
      const value = selector && normal(selector, word, words[++i]);
      if (selector === null || value === null) return null;
      if (value !== NO_MARK) read.set(selector, value);
    }
  }
  return read;
}

/** `[detached]`, `[unresolved]`: printed for people. */
const NOTE = /^\[\w+\]$/;

/** Of an action that stands by itself; of those of `ip route` that rules do not know, a rule makes an error. */
function actionOf(word: string): string | null {
  if (word === 'l3mdev') return 'lookup [l3mdev-table]';
  return /^(blackhole|unreachable|prohibit|nop)$/.test(word) ? word : null;
}

function selectorOf(word: string): Selector | null {
  if (/^(lookup|goto|t|ta|tab|tabl|table)$/.test(word)) return 'action';
  const own = SELECTORS.find((selector) => selector === word);
  return own ?? OTHER_WORDS.find(([other]) => other.startsWith(word))?.[1] ?? null;
}

function normal(selector: Selector, word: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  switch (selector) {
    case 'from':
    case 'to':
      return normalPrefix(value);
    case 'pref':
      return /^\d+$/.test(value) ? String(Number(value)) : null;
    case 'fwmark':
      return normalMark(value);
    case 'ipproto':
      return protocolNumber(value)?.toString() ?? null;
    case 'sport':
    case 'dport':
      return [...new Set(parsePortRange(value))].join('-') || null;
    case 'tos':
      return /^(0x)?[\da-f]{1,2}$/i.test(value) ? `0x${Number.parseInt(value, 16).toString(16)}` : value;
    case 'action':
      return word === 'goto' ? `goto ${value}` : `lookup ${TABLE_NAMES.get(value) ?? value}`;
    default:
      return value;
  }
}

/** The kernel makes a mask for a mark alone that is not 0: linux 6.1, net/core/fib_rules.c, fib_nl2rule. */
function normalMark(text: string): string | null {
  if (/^(0x)?0+$/.test(text)) return NO_MARK;
  const mark = parseMark(text);
  const mask = mark?.mask === 0xffffffff && mark.value !== 0 ? '' : `/0x${mark?.mask.toString(16)}`;
  return mark && `0x${mark.value.toString(16)}${mask}`;
}
const NO_MARK = '0x0/0x0';

/** iproute2, lib/rt_names.c */
const TABLE_NAMES: ReadonlyMap<string, string> = new Map([
  ['253', 'default'],
  ['254', 'main'],
  ['255', 'local'],
]);

/** The kernel keeps the bits behind the prefix, and compares them: linux 6.1, net/ipv4/fib_rules.c, fib4_rule_compare. */
function normalPrefix(text: string): string | null {
  if (/^(all|any|default)$/.test(text)) return 'all';
  const [, host = '', bits] = /^([^/]+)(?:\/(\d+))?$/.exec(text) ?? [];
  // 10/8
  const address = parseAddress(
    host.includes(':') ? host : [...host.split('.'), 0, 0, 0].slice(0, 4).join('.'),
  );
  if (address === null) return null;
  const full = address.family === 4 ? 32 : 128;
  const length = bits === undefined ? full : Number(bits);
  if (length > full) return null;
  return length === 0 ? 'all' : `${printAddress(address)}${length === full ? '' : `/${length}`}`;
}

/** As ip prints it, but that it gives values names where the system has some. */
export function printRuleWords(words: RuleWords): string {
  const said = SELECTORS.flatMap((selector) => {
    const value = selector === 'from' ? (words.get('from') ?? 'all') : words.get(selector);
    if (value === undefined || (selector === 'to' && value === 'all')) return [];
    return selector === 'not' ? ['not'] : [selector === 'action' ? value : `${selector} ${value}`];
  });
  return said.join(' ');
}
