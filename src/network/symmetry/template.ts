/**
 * What an item of a ruleset, a set or a table says, apart from the very addresses that it names: items that differ in
 * these alone, and in where they are printed, have equal templates.
 */
import { onceFor } from '../../once-for.ts';
import type { Address } from '../address-text.ts';
import { type AddressSet, onlyAddress, setKey } from '../addresses.ts';

/** An IPv4 address, as a number. */
export type V4 = number;

/** `items`: an inner list, whose entries may each be about another address. */
export type Part =
  | { kind: 'text'; text: string }
  | { kind: 'address'; address: V4 }
  | { kind: 'chain'; name: string }
  | { kind: 'items'; items: readonly object[] };

export interface Template {
  parts: readonly Part[];
  /** The sets of several addresses that it names; their texts are among the parts. */
  sets: readonly AddressSet[];
}

/** The same for an item that many nodes have, as rules that are equal are one: it is kept with the item. */
export const keptTemplateOf = onceFor(templateOf);

/** Returns the template of a plain value. IPv6 is left as it is: such items are like no others. */
export function templateOf(item: object): Template {
  const draft: Draft = { parts: [], text: '', sets: [] };
  write(item, '', draft);
  flush(draft);
  return { parts: draft.parts, sets: draft.sets };
}

interface Draft {
  parts: Part[];
  text: string;
  sets: AddressSet[];
}

function flush(draft: Draft): void {
  if (draft.text !== '') draft.parts.push({ kind: 'text', text: draft.text });
  draft.text = '';
}

function add(draft: Draft, part: Part): void {
  flush(draft);
  draft.parts.push(part);
}

function write(value: unknown, key: string, draft: Draft): void {
  if (typeof value !== 'object' || value === null) {
    draft.text += typeof value === 'string' ? JSON.stringify(value) : String(value);
  } else if (isAddressSet(value)) {
    writeSet(value, draft);
  } else if (isAddress(value)) {
    if (value.family === 4) add(draft, { kind: 'address', address: value.value });
    else draft.text += `v6 ${value.value}`;
  } else if (Array.isArray(value) || value instanceof Map || value instanceof Set) {
    const entries: unknown[] = [...value];
    // cases of a map, and rows of a set
    if ((key === 'cases' || key === 'rows') && entries.length > 0)
      add(draft, { kind: 'items', items: entries as object[] });
    else {
      draft.text += '[';
      for (const entry of entries) {
        write(entry, '', draft);
        draft.text += ',';
      }
      draft.text += ']';
    }
  } else writeObject(value as Record<string, unknown>, draft);
}

function writeSet(set: AddressSet, draft: Draft): void {
  const only = onlyAddress(set);
  if (only?.family === 4) {
    add(draft, { kind: 'address', address: only.value });
    return;
  }
  draft.text += setKey(set);
  draft.sets.push(set);
}

function writeObject(value: Record<string, unknown>, draft: Draft): void {
  draft.text += '{';
  for (const [key, inner] of Object.entries(value)) {
    if (isAboutPrinting(key, value)) continue;
    draft.text += `${key}:`;
    if (key === 'chain' && typeof inner === 'string') add(draft, { kind: 'chain', name: inner });
    else write(inner, key, draft);
    draft.text += ';';
  }
  draft.text += '}';
}

/** Where it stands, what was counted, and its text, of which all else was made. */
function isAboutPrinting(key: string, value: Record<string, unknown>): boolean {
  if (key === 'line' || key === 'origin' || key === 'packets') return true;
  if (key === 'active' || key === 'inactive') return 'forwarding' in value;
  return key === 'text' && 'line' in value;
}

const isAddressSet = (value: object): value is AddressSet => 'v4' in value && 'v6' in value;

const isAddress = (value: object): value is Address => 'family' in value && 'value' in value;
