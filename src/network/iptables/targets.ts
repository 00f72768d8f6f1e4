import { wordTable } from '../../word-table.ts';
import { type AddressSet, parseAddresses, unionOf } from '../addresses.ts';
import { and32, not32, or32, parseMark, parseNumber, parsePortRange } from '../fields.ts';
import type { Ranges } from '../ranges.ts';
import type { Action, Randomness, Side } from '../ruleset.ts';
import { type Option, optionTokens, printTokens } from './tokens.ts';

/** Targets that let the packet pass on to the next rule and change neither its addresses nor its marks. */
export const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HL',
  'IDLETIMER',
  'LED',
  'LOG',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TRACE',
  'TTL',
  'ULOG',
]);

/** Reads the effect of `-j TARGET ...` or `-g CHAIN`; null when it has none that matters. */
export function readTarget(list: readonly Option[], chains: ReadonlySet<string>): Action | null {
  const [jump, ...rest] = list;
  if (!jump) return null;
  const name = jump.args[0] ?? '';
  if (jump.name === '-g' || jump.name === '--goto') return { kind: 'goto', chain: name };
  if (chains.has(name)) return { kind: 'jump', chain: name };
  if (WITHOUT_EFFECT.has(name)) return null;
  const known = TARGETS[name];
  // a chain that is declared nowhere can only be a chain that was cut off, or a target nobody here knows
  if (!known) return unknown(list, 'any');
  const action = known(argumentsOf(rest)) ?? unknown(list, MARKING.has(name) ? 'mark' : 'any');
  return action === 'nothing' ? null : action;
}

const unknown = (list: readonly Option[], effect: 'mark' | 'any'): Action => ({
  kind: 'unknown',
  text: printTokens(optionTokens(list)),
  effect,
});

const MARKING: ReadonlySet<string> = new Set(['MARK', 'CONNMARK']);

type Arguments = ReadonlyMap<string, string[]>;

function argumentsOf(rest: readonly Option[]): Arguments {
  const result = new Map<string, string[]>();
  for (const { name, args } of rest) result.set(name, [...(result.get(name) ?? []), ...args]);
  return result;
}

const TARGETS = wordTable<(options: Arguments) => Action | 'nothing' | null>({
  ACCEPT: () => ({ kind: 'accept' }),
  DROP: () => ({ kind: 'drop' }),
  REJECT: () => ({ kind: 'drop' }),
  RETURN: () => ({ kind: 'return' }),
  NOTRACK: () => ({ kind: 'notrack' }),
  FLOWOFFLOAD: () => ({ kind: 'offload' }),
  CT: (options) => (options.has('--notrack') ? { kind: 'notrack' } : 'nothing'),
  MASQUERADE: (options) => {
    const ports = toPorts(options);
    return ports === undefined ? null : { kind: 'masquerade', ports, random: randomness(options) };
  },
  REDIRECT: (options) => {
    const ports = toPorts(options);
    return ports === undefined ? null : { kind: 'redirect', ports, random: randomness(options) };
  },
  SNAT: (options) => translate('source', options.get('--to-source'), options),
  DNAT: (options) => translate('destination', options.get('--to-destination'), options),
  NETMAP: (options) => {
    const text = options.get('--to')?.[0] ?? '';
    const network = parseAddresses(text);
    const bits = text.includes('/') ? Number(text.split('/')[1]) : 32;
    return network && Number.isInteger(bits) ? { kind: 'netmap', side: null, network, bits } : null;
  },
  SET: (options) => ({
    kind: 'changeSets',
    sets: ['--add-set', '--del-set'].flatMap((name) => options.get(name)?.[0] ?? []),
    mark: options.has('--map-mark'),
  }),
  MARK: (options) => setMark('packet', options),
  CONNMARK: (options) => copyMark(options) ?? setMark('connection', options),
});

function toPorts(options: Arguments): Ranges<number> | null | undefined {
  const text = options.get('--to-ports')?.[0];
  return text === undefined ? null : (parsePortRange(text) ?? undefined);
}

function randomness(options: Arguments): Randomness {
  if (options.has('--random-fully')) return 'fully';
  return options.has('--random') ? 'random' : 'no';
}

/**
 * Reads `10.0.0.1-10.0.0.9:1024-65535`, `:1024`, `[2001:db8::1]-[2001:db8::9]:80`; kernels before 2.6.11 took several.
 */
function translate(side: Side, texts: string[] | undefined, options: Arguments): Action | null {
  const goals = (texts ?? []).map(parseGoal);
  const [first] = goals;
  if (!first || !goals.every((goal) => goal !== null)) return null;
  const sets = goals.flatMap((goal) => goal.addresses ?? []);
  const addresses = sets.length === 0 ? null : unionOf(sets);
  const random = randomness(options);
  return {
    kind: 'translate',
    side,
    addresses,
    ports: first.ports,
    random,
    persistent: options.has('--persistent'),
  };
}

function parseGoal(text: string): { addresses: AddressSet | null; ports: Ranges<number> | null } | null {
  const bracketed = text.startsWith('[');
  const bareV6 = !bracketed && text.split(':').length > 2;
  const colon = bareV6 ? -1 : bracketed ? text.indexOf(']:') + 1 || -1 : text.indexOf(':');
  const range = (colon < 0 ? text : text.slice(0, colon)).replace(/[[\]]/g, '');
  const addresses = range === '' ? null : parseAddresses(range);
  // what follows a slash shifts ports, which moves no address
  const [portText = ''] = text.slice(colon + 1).split('/');
  const ports = colon < 0 ? null : parsePortRange(portText);
  const understood = (range === '' || addresses !== null) && (colon < 0 || ports !== null);
  return understood ? { addresses, ports } : null;
}

/** Reads a mark (libxt_MARK.c, libxt_CONNMARK.c): --set-mark also clears the bits it names, --set-xmark flips them. */
function setMark(of: 'packet' | 'connection', options: Arguments): Action | null {
  for (const [name, [text = '']] of options) {
    const number = parseNumber(text);
    const parsed = parseMark(text);
    if (name === '--set-xmark' && parsed) return { kind: 'setMark', of, ...parsed };
    if (name === '--set-mark' && parsed) {
      return { kind: 'setMark', of, value: parsed.value, mask: or32(parsed.value, parsed.mask) };
    }
    if (number === null) continue;
    if (name === '--and-mark') return { kind: 'setMark', of, value: 0, mask: not32(number) };
    if (name === '--or-mark') return { kind: 'setMark', of, value: number, mask: number };
    if (name === '--xor-mark') return { kind: 'setMark', of, value: number, mask: 0 };
  }
  return null;
}

function copyMark(options: Arguments): Action | null {
  const to = options.has('--save-mark') ? 'connection' : options.has('--restore-mark') ? 'packet' : null;
  if (to === null) return null;
  const mask = (name: string) =>
    parseNumber(options.get(name)?.[0] ?? options.get('--mask')?.[0] ?? '0xffffffff');
  const [packet, connection] = [mask('--nfmask'), mask('--ctmask')];
  if (packet === null || connection === null) return null;
  const [fromMask, toMask] = to === 'connection' ? [packet, connection] : [connection, packet];
  return { kind: 'copyMark', to, fromMask: and32(fromMask, 0xffffffff), toMask };
}
