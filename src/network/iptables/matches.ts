import { wordTable } from '../../word-table.ts';
import { type AddressSet, parseAddresses, unionOf } from '../addresses.ts';
import { constant, parseInterface, parseMark, parsePorts, protocolNumber, readStates } from '../fields.ts';
import type { Match, Side } from '../ruleset.ts';
import { connectionStatus, tcpFlags } from './bit-matches.ts';
import { type Option, optionTokens, printTokens } from './tokens.ts';

/** Reads the matches of an option; null when it can't be understood. */
type Reader = (option: Option) => Match[] | null;

/**
 * The matches of a rule. Options that belong together (`-m recent --set --name X`) and are not understood become one
 * undecided match.
 */
export function readMatches(list: readonly Option[]): Match[] {
  const result: Match[] = [];
  for (const group of grouped(list)) result.push(...readGroup(group));
  return result;
}

type Group = [Option, ...Option[]];

/** Groups each `-m` with its options; options that need no `-m` stand alone. */
function grouped(list: readonly Option[]): Group[] {
  const groups: Group[] = [];
  for (const option of list) {
    const last = groups.at(-1);
    const starts = isModule(option) || GENERIC.has(option.name);
    if (starts || !last || !isModule(last[0])) groups.push([option]);
    else last.push(option);
  }
  // `-m tcp -p tcp --dport 80`: what follows a generic option belongs to the module before it
  return groups;
}

const isModule = (option: Option) => option.name === '-m' || option.name === '--match';
const GENERIC: ReadonlySet<string> = new Set([
  '-s',
  '-d',
  '-i',
  '-o',
  '-p',
  '-f',
  '--source',
  '--destination',
  '--src',
  '--dst',
  '--in-interface',
  '--out-interface',
  '--protocol',
  '--proto',
  '--fragment',
]);

function readGroup(group: Readonly<Group>): Match[] {
  const [first, ...others] = group;
  const options = isModule(first) ? others : group;
  if (options.length === 0) return HARMLESS.has(first.module) ? [] : [undecided(group)];
  const matches: Match[] = [];
  for (const option of options) {
    const read = SPOILERS.has(option.name) ? null : readerOf(option)?.(option);
    if (!read) return [undecided(group)];
    matches.push(...read);
  }
  return matches;
}

const undecided = (group: readonly Option[]): Match => ({
  kind: 'undecided',
  text: printTokens(optionTokens(group)),
});

/** Modules that match everything by themselves. */
const HARMLESS: ReadonlySet<string> = new Set([
  'tcp',
  'udp',
  'sctp',
  'dccp',
  'udplite',
  'icmp',
  'icmp6',
  'comment',
  'multiport',
  'mark',
  'connmark',
  'conntrack',
  'state',
  'set',
  'iprange',
  'addrtype',
  'statistic',
]);

/** Options that change what the others of their module mean. */
const SPOILERS: ReadonlySet<string> = new Set([
  '--limit-iface-in',
  '--limit-iface-out',
  '--return-nomatch',
  '--update-counters',
  '--update-subcounters',
  '--packets-eq',
  '--packets-lt',
  '--packets-gt',
  '--bytes-eq',
  '--bytes-lt',
  '--bytes-gt',
]);

function readerOf({ module, name }: Option): Reader | undefined {
  return READERS[name] ?? READERS[`${module} ${name}`];
}

const address =
  (side: Side): Reader =>
  ({ args: [text = ''], not }) => {
    const set = addresses(text);
    return set && [{ kind: 'address', side, set, not }];
  };

const original =
  (side: Side): Reader =>
  ({ args: [text = ''], not }) => {
    const set = addresses(text);
    return set && [{ kind: 'original', side, set, not }];
  };

/** Reads addresses, networks and ranges, with commas. */
function addresses(text: string): AddressSet | null {
  const sets = text.split(',').map(parseAddresses);
  if (!sets.every((set) => set !== null)) return null;
  const [only] = sets;
  return only && sets.length === 1 ? only : unionOf(sets);
}

const port =
  (side: Side): Reader =>
  ({ args: [text = ''], not }) => {
    const ports = parsePorts(text);
    return ports && [{ kind: 'port', side, ports, not }];
  };

const eitherPort: Reader = ({ args: [text = ''], not }) => {
  const ports = parsePorts(text);
  if (!ports) return null;
  const rows = (['source', 'destination'] as const).map((side): Match[] => [
    { kind: 'port', side, ports, not: false },
  ]);
  return [{ kind: 'any', rows, not }];
};

const networkInterface =
  (side: 'in' | 'out'): Reader =>
  ({ args: [text = ''], not }) => [{ kind: 'interface', side, patterns: [parseInterface(text, '+')], not }];

const mark =
  (of: 'packet' | 'connection'): Reader =>
  ({ args: [text = ''], not }) => {
    const parsed = parseMark(text);
    return parsed && [{ kind: 'mark', of, ...parsed, not }];
  };

const addressType =
  (side: Side): Reader =>
  ({ args: [types = ''], not }) =>
    types === 'LOCAL' ? [{ kind: 'local', side, not }] : null;

const state: Reader = ({ args: [text = ''], not }) => {
  const states = readStates(text.split(','));
  return states && [{ kind: 'state', states, not }];
};

const SET_SIDES = wordTable<Side>({ src: 'source', dst: 'destination' });

const set: Reader = ({ args: [name, flags], not }) => {
  if (name === undefined || flags === undefined) return null;
  const sides = flags.split(',').map((flag) => SET_SIDES[flag]);
  return sides.every((side) => side !== undefined) ? [{ kind: 'set', name, sides, not }] : null;
};

const chance: Reader = (option) => [{ kind: 'chance', text: printTokens(optionTokens([option])) }];
const nothing: Reader = () => [];

/** That conntrack has seen the packet, the first of its connection. */
const SEEN: Match = { kind: 'state', states: ['NEW'], not: false };

const READERS = wordTable<Reader>({
  '-s': address('source'),
  '--source': address('source'),
  '--src': address('source'),
  '-d': address('destination'),
  '--destination': address('destination'),
  '--dst': address('destination'),
  '-i': networkInterface('in'),
  '--in-interface': networkInterface('in'),
  '-o': networkInterface('out'),
  '--out-interface': networkInterface('out'),
  '-p': protocol,
  '--protocol': protocol,
  '--proto': protocol,
  '--sport': port('source'),
  '--source-port': port('source'),
  '--dport': port('destination'),
  '--destination-port': port('destination'),
  '--sports': port('source'),
  '--source-ports': port('source'),
  '--dports': port('destination'),
  '--destination-ports': port('destination'),
  '--ports': eitherPort,
  'mark --mark': mark('packet'),
  'connmark --mark': mark('connection'),
  '--src-type': addressType('source'),
  '--dst-type': addressType('destination'),
  '--match-set': set,
  'set --set': set,
  '--src-range': address('source'),
  '--dst-range': address('destination'),
  'ipvs --ipvs': ({ not }) => [{ kind: 'ipvs', not }],
  'ipvs --vaddr': ({ args: [text = ''], not }) => {
    const found = addresses(text);
    return found && [{ kind: 'virtual', set: found, ports: null, not }];
  },
  'ipvs --vport': ({ args: [text = ''], not }) => {
    const ports = parsePorts(text);
    return ports && [{ kind: 'virtual', set: null, ports, not }];
  },
  '--ctstate': state,
  'state --state': state,
  '--ctorigsrc': original('source'),
  '--ctorigdst': original('destination'),
  '--ctproto': ofConnection(protocol),
  // the packet that opens a connection goes in its original direction
  '--ctdir': ({ args: [direction], not }) => {
    if (direction !== 'ORIGINAL' && direction !== 'REPLY') return null;
    const isOriginal = (direction === 'ORIGINAL') !== not;
    return isOriginal ? [SEEN] : [constant(false)];
  },
  '--syn': ({ not }) => tcpFlags('FIN,SYN,RST,ACK', 'SYN', not),
  '--tcp-flags': ({ args: [looked = '', wanted = ''], not }) => tcpFlags(looked, wanted, not),
  '--ctstatus': ({ args: [text = ''], not }) => connectionStatus(text, not),
  '--comment': nothing,
  'statistic --mode': nothing,
  'statistic --probability': chance,
  'statistic --every': chance,
  'statistic --packet': nothing,
});

/** Of a packet without a connection, neither this nor its opposite holds (linux 6.1, net/netfilter/xt_conntrack.c). */
function ofConnection(read: Reader): Reader {
  return (option) => {
    const matches = read(option);
    return matches && [SEEN, ...matches];
  };
}

function protocol({ args: [token = ''], not }: Option): Match[] | null {
  if (token === 'all' || token === '0') return not ? null : [];
  const number = protocolNumber(token);
  return number === null ? null : [{ kind: 'protocol', protocols: [number, number], not }];
}
