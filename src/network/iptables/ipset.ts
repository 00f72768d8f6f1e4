/** Reads `ipset save` (ipset 7.17): `create NAME TYPE options...` and `add NAME ENTRY options...`. */
import { parseAddresses } from '../addresses.ts';
import { parseInterface, parseMark, parsePortRange, protocolNumber } from '../fields.ts';
import type { NamedSet, SetElement, SetField, SetValue } from '../ruleset.ts';

/** A set and the way in which its entries are read. */
interface Draft {
  set: NamedSet;
  /** The bits of an address that are looked up: `24`, `255.255.0.255`; null: all of them. */
  mask: string | null;
  markMask: string | null;
}

/** Throws on a line that is none of ipset's. */
export function parseIpsets(text: string, origin: string): Map<string, NamedSet> {
  const drafts = new Map<string, Draft>();
  for (const [i, raw] of text.split('\n').entries()) {
    const [verb, name, value, ...rest] = raw.trim().split(/\s+/);
    if (verb === '' || verb?.startsWith('#')) continue;
    const draft = verb === 'add' && name ? drafts.get(name) : undefined;
    if (verb === 'create' && name && value) drafts.set(name, create(name, value, rest));
    else if (draft && value) add(draft, value, rest);
    else throw new Error(`${origin}:${i + 1}: no line of ipset save: ${raw.slice(0, 80)}`);
  }
  return new Map([...drafts].map(([name, { set }]) => [name, set]));
}

const FIELDS: ReadonlySet<string> = new Set<SetField>(['ip', 'net', 'port', 'iface', 'mark', 'set']);

/** `create NAME hash:ip,port family inet ...`, `create NAME list:set ...` */
function create(name: string, type: string, options: readonly string[]): Draft {
  const fields = (type.split(':')[1] ?? '').split(',');
  const optionValue = (option: string) => {
    const at = options.indexOf(option);
    return at < 0 ? null : (options[at + 1] ?? null);
  };
  const mask = optionValue('netmask') ?? optionValue('bitmask');
  const understood = fields.every((field) => FIELDS.has(field)) && !(mask && fields.includes('net'));
  const incomplete = understood ? null : `sets of type ${type} are not followed`;
  const set = { name, fields: fields as SetField[], elements: [], except: [], incomplete };
  return { set, mask, markMask: optionValue('markmask') };
}

function add(draft: Draft, value: string, options: readonly string[]): void {
  const { set } = draft;
  if (set.incomplete) return;
  const element = readElement(draft, value, options.includes('wildcard'));
  if (element === null) set.incomplete = `${value} is not understood`;
  (options.includes('nomatch') ? set.except : set.elements).push(element);
}

/** `10.0.0.0/8`, `10.0.0.1,tcp:80`, `10.0.0.0/24,eth0`, `10.0.0.1,0x1` */
function readElement(draft: Draft, value: string, wildcard: boolean): SetElement {
  const { fields } = draft.set;
  const parts = value.split(',');
  if (parts.length !== fields.length) return null;
  // biome-ignore lint/style/noNonNullAssertion: there are as many parts as fields
  const values = fields.map((field, i) => readValue(draft, field, parts[i]!, wildcard));
  return values.every((entry) => entry !== null) ? (values as SetValue[]) : null;
}

function readValue(draft: Draft, field: SetField, text: string, wildcard: boolean): SetValue | null {
  switch (field) {
    case 'ip':
    case 'net':
      return addressValue(draft.mask ? `${text}/${draft.mask}` : text);
    case 'port':
      return portValue(text);
    case 'iface':
      // `physdev:eth0` is a port of a bridge
      return text.includes(':')
        ? null
        : { kind: 'interface', patterns: [parseInterface(wildcard ? `${text}*` : text, '*')] };
    case 'mark':
      return markValue(draft.markMask ? `${text}/${draft.markMask}` : text);
    case 'set':
      return { kind: 'set', name: text };
  }
}

function addressValue(text: string): SetValue | null {
  const set = parseAddresses(text);
  return set && { kind: 'address', set };
}

function markValue(text: string): SetValue | null {
  const mark = parseMark(text);
  return mark && { kind: 'mark', ...mark };
}

/** `tcp:80`, `udp:53`, `80`; bitmap:port holds ports of TCP and UDP alike. */
function portValue(text: string): SetValue | null {
  const [protocol, port] = text.includes(':') ? text.split(':') : [null, text];
  const range = parsePortRange(port ?? '');
  const number = protocol === null ? null : protocolNumber(protocol ?? '');
  if (!range || (protocol !== null && number === null)) return null;
  return { kind: 'port', protocol: number, ports: range };
}
