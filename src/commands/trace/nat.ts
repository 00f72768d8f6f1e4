import { resolve } from 'node:path';
import { throwIfAny, UserError, UserErrors } from '../../errors.ts';
import { escapedJson } from '../../formats/json-text.ts';
import { printable } from '../../formats/printable.ts';
import type { Address } from '../../network/address-text.ts';
import type { Ruleset } from '../../network/ruleset.ts';
import { readRuleset } from '../../network/ruleset-text.ts';
import type { LeavingPacket } from '../../network/trace/histories.ts';
import { type NatAnswer, natTracer } from '../../network/trace/nat.ts';
import { readNamed, Unread } from '../../read.ts';
import type { World } from '../lib/world.ts';
import { readAddress, readMark, readName, readPort, readProtocol, type ValueContext } from './values.ts';

/** The values of the options, or of one line of a file of packets. */
export interface PacketValues {
  src?: unknown;
  dst?: unknown;
  proto?: unknown;
  sport?: unknown;
  dport?: unknown;
  mark?: unknown;
  in?: unknown;
  out?: unknown;
  out_address?: unknown;
}

export interface NatFiles {
  nat: string;
  ipset: string | undefined;
  packets: string | undefined;
}

/** Evaluates one ruleset, POSTROUTING alone: an answer for each packet, in order. */
export async function traceNatFiles(
  files: NatFiles,
  values: PacketValues,
  world: World,
): Promise<NatAnswer[]> {
  const fromInput = Object.entries(files).filter(([, path]) => path === '-');
  if (fromInput.length > 1)
    throw new UserError(`only one of ${fromInput.map(([name]) => `--${name}`).join(' and ')} can be -`);
  const ruleset = await rulesetIn(files, world);
  const packets =
    files.packets === undefined
      ? [onePacket(values)]
      : packetsIn(await textOf(files.packets, world), files.packets);
  return packets.map(natTracer(ruleset));
}

async function textOf(path: string, { cwd, stdin }: World): Promise<string> {
  if (path === '-') {
    if (!stdin) throw new UserError('standard input cannot be read here');
    return stdin();
  }
  try {
    return readNamed(resolve(cwd, path));
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    throw new UserError(`${path}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

const nameOf = (path: string) => (path === '-' ? 'standard input' : path);

async function rulesetIn({ nat, ipset }: NatFiles, world: World): Promise<Ruleset> {
  const text = await textOf(nat, world);
  const sets = ipset === undefined ? undefined : { text: await textOf(ipset, world), origin: nameOf(ipset) };
  try {
    return readRuleset(text, nameOf(nat), sets);
  } catch (error) {
    const causes: Error[] = error instanceof AggregateError ? error.errors : [error];
    const hint =
      '--nat reads what iptables-save, ip6tables-save, nft list ruleset or nft -j list ruleset print';
    throw new UserErrors(
      causes.map(
        (cause, i) => new UserError(cause.message, { hint: i === causes.length - 1 ? hint : null, cause }),
      ),
      { cause: error },
    );
  }
}

function onePacket(values: PacketValues): LeavingPacket {
  const errors: UserError[] = [];
  const packet = packetOf(values, (name) => ({ name: `--${name.replace('_', '-')}`, source: null, errors }));
  throwIfAny(errors);
  // biome-ignore lint/style/noNonNullAssertion: what could not be read is among the errors
  return packet!;
}

const KEYS: ReadonlySet<string> = new Set([
  'src',
  'dst',
  'proto',
  'sport',
  'dport',
  'mark',
  'in',
  'out',
  'out_address',
]);

/** `{"src": "10.0.0.1", "dst": "10.1.0.1", "proto": "tcp", "dport": 80, "mark": 16384, "out": "eth0"}` on each line. */
function packetsIn(text: string, path: string): LeavingPacket[] {
  const errors: UserError[] = [];
  const packets = text.split('\n').flatMap((line, i): LeavingPacket[] => {
    if (line.trim() === '') return [];
    const source = { file: nameOf(path), line: i + 1, column: 1 };
    const values = objectIn(line);
    if (values === null) {
      errors.push(
        new UserError('no JSON object', {
          source,
          hint: 'one packet a line: {"src": "10.0.0.1", "dst": "10.1.0.1"}',
        }),
      );
      return [];
    }
    for (const key of Object.keys(values).filter((one) => !KEYS.has(one)))
      errors.push(
        new UserError(`there is no field "${key}"`, { source, hint: `fields: ${[...KEYS].join(', ')}` }),
      );
    const packet = packetOf(values, (name) => ({ name, source, errors }));
    return packet ? [packet] : [];
  });
  throwIfAny(errors);
  return packets;
}

function objectIn(line: string): PacketValues | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Makes a packet of the values; null, with the reasons reported, where they make none. */
function packetOf(
  values: PacketValues,
  place: (name: keyof PacketValues) => ValueContext,
): LeavingPacket | null {
  const source = readAddress(values.src, place('src'));
  const destination = readAddress(values.dst, place('dst'));
  for (const name of ['src', 'dst'] as const) {
    const { errors, name: shown, source: at } = place(name);
    if (values[name] === undefined || values[name] === null)
      errors.push(new UserError(`${shown} is missing`, { source: at }));
  }
  sameFamily(source, destination, ['src', 'dst'], place);
  const rest = {
    protocol: readProtocol(values.proto, place('proto')),
    sourcePort: readPort(values.sport, place('sport')),
    destinationPort: readPort(values.dport, place('dport')),
    mark: readMark(values.mark, place('mark')) ?? 0,
    in: readName(values.in, place('in')),
    out: readName(values.out, place('out')),
    outAddress: readAddress(values.out_address, place('out_address')),
  };
  sameFamily(source, rest.outAddress, ['src', 'out_address'], place);
  return source && destination ? { source, destination, ...rest } : null;
}

function sameFamily(
  one: Address | null,
  other: Address | null,
  names: [keyof PacketValues, keyof PacketValues],
  place: (name: keyof PacketValues) => ValueContext,
): void {
  if (one === null || other === null || one.family === other.family) return;
  const [first, { name, source, errors }] = [place(names[0]), place(names[1])];
  errors.push(new UserError(`${first.name} and ${name} are of different families`, { source }));
}

/** Formats an answer for people. */
export function natAnswerText(answer: NatAnswer): string {
  const { action, source, rule, certain, dropped, natAlone, doubts } = answer;
  const by = rule ? `\n  by line ${rule.line}: ${printable(rule.text)}` : '';
  const from = source ? `, and leaves from ${source}` : '';
  const open = certain
    ? ''
    : `\n  not certain; what is not known:${doubts.map((one) => `\n    ${printable(one)}`).join('')}`;
  const alone = natAlone ? `\n  ${NAT_ALONE}` : '';
  return `${dropped ? DROPPED : WORDS[action]}${from}${by}${open}${alone}\n`;
}

const DROPPED = 'DROP: it does not leave';
const NAT_ALONE = 'POSTROUTING of nat alone: what raw, mangle and filter do to it was not given';

/** Formats an answer for programs. */
export function natAnswerJson({ action, source, rule, certain, dropped, natAlone }: NatAnswer): string {
  const more = { ...(dropped && { dropped }), ...(natAlone && { nat_alone: natAlone }) };
  return `${escapedJson(JSON.stringify({ action, source, rule, certain, ...more }))}\n`;
}

const WORDS: Record<NatAnswer['action'], string> = {
  masquerade: 'MASQUERADE: it gets the address of the interface it leaves by',
  snat: 'SNAT: it gets another source address',
  accept: 'ACCEPT: a rule lets it pass as it is',
  none: 'no rule changes its source',
  undecided: 'UNDECIDED',
};
