/** Reads `ipset save` (ipset 7.17): `create NAME TYPE options...` and `add NAME ENTRY options...`. */
import { type AddressSet, parseAddresses } from './addresses.ts';
import { parseInterface, parseMark, parsePortRange, protocolNumber, TCP } from './fields.ts';
import type { NamedSet, SetElement, SetField, SetValue } from './ruleset.ts';

/** Throws on a line that is none of ipset's. */
export function parseIpsets(text: string, origin: string): Map<string, NamedSet> {
  const sets = new Map<string, NamedSet>();
  for (const [i, raw] of text.split('\n').entries()) {
    const [verb, name, value, ...rest] = raw.trim().split(/\s+/);
    if (verb === '' || verb?.startsWith('#')) continue;
    if (verb === 'create' && name && value) sets.set(name, create(name, value));
    else if (verb === 'add' && name && value && sets.has(name)) add(sets.get(name)!, value, rest);
    else throw new Error(`${origin}:${i + 1}: no line of ipset save: ${raw.slice(0, 80)}`);
  }
  return sets;
}

const FIELDS: ReadonlySet<string> = new Set<SetField>(['ip', 'net', 'port', 'iface', 'mark', 'mac', 'set']);

/** `create NAME hash:ip,port family inet ...` */
function create(name: string, type: string): NamedSet {
  const [method, list = ''] = type.split(':');
  const fields = list.split(',');
  const understood = fields.every((field) => FIELDS.has(field)) && !fields.includes('mac');
  const incomplete = method === 'list' || !understood ? `sets of type ${type} are not followed` : null;
  return { name, fields: fields as SetField[], elements: [], except: [], incomplete };
}

function add(set: NamedSet, value: string, options: readonly string[]): void {
  if (set.incomplete) return;
  const element = readElement(set.fields, value);
  if (element === null) set.incomplete = `${value} of set ${set.name} is not understood`;
  (options.includes('nomatch') ? set.except : set.elements).push(element);
}

/** `10.0.0.0/8`, `10.0.0.1,tcp:80`, `10.0.0.0/24,eth0`, `10.0.0.1,0x1/0xff` */
function readElement(fields: readonly SetField[], value: string): SetElement {
  const parts = value.split(',');
  if (parts.length !== fields.length) return null;
  const values = fields.map((field, i) => readValue(field, parts[i]!));
  return values.every((entry) => entry !== null) ? (values as SetValue[]) : null;
}

function readValue(field: SetField, text: string): SetValue | null {
  if (field === 'ip' || field === 'net') return addressValue(parseAddresses(text));
  if (field === 'port') return portValue(text);
  if (field === 'iface') return { kind: 'interface', patterns: [parseInterface(text, '+')] };
  const mark = field === 'mark' ? parseMark(text) : null;
  return mark && { kind: 'mark', ...mark };
}

const addressValue = (set: AddressSet | null): SetValue | null => set && { kind: 'address', set };

/** `tcp:80`, `udp:53`, `80`; bitmap:port holds ports of TCP and UDP alike. */
function portValue(text: string): SetValue | null {
  const [protocol, port] = text.includes(':') ? text.split(':') : [null, text];
  const range = parsePortRange(port ?? '');
  const number = protocol === null ? TCP : protocolNumber(protocol ?? '');
  if (!range || number === null) return null;
  return { kind: 'port', protocol: protocol === null ? null : number, ports: range };
}
