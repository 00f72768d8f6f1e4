/** Builds a tree of values and their places from YAML events. */
import {
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import type { Json } from './model.ts';
import { type Dialect, plainScalar, taggedScalar } from './yaml-scalar.ts';

/** A value and its place, as offsets into the text. */
export interface Node {
  value: Json;
  /** The offset at which the value begins; -1 where nothing is written. */
  offset: number;
  /** The number of values it holds with its aliases written out: a few lines of aliases can stand for billions. */
  size: number;
  entries?: Map<string | number, Entry>;
}

interface Entry {
  keyOffset: number;
  node: Node;
}

interface Key {
  text: string;
  offset: number;
  isMerge: boolean;
}

/** The receiver of mistakes. */
interface Reporter {
  fail(message: string, offset: number, hint?: string | null): void;
  lineOf(offset: number): number;
}

interface Reader extends Reporter {
  text: string;
  dialect: Dialect;
  events: Event[];
  next: number;
  /** null while the anchored value is still being read. */
  anchors: Map<string, Node | null>;
}

/** The number of values that aliases may stand for beyond those written. */
const MOST_BY_ALIASES = 100_000;
const NOTHING: Node = { value: null, offset: -1, size: 1 };

/** Reads all events of a text, which should be one document. */
export function readTree(text: string, events: Event[], dialect: Dialect, reporter: Reporter): Node {
  // The first event opens the document.
  const reader: Reader = { ...reporter, text, dialect, events, next: 1, anchors: new Map() };
  const root = reader.events.length === 0 ? NOTHING : readNode(reader);
  if (root.value === null && root.offset === -1) reader.fail('the file is empty', 0);
  if (root.size > text.length + MOST_BY_ALIASES)
    reader.fail(`its aliases stand for more than ${MOST_BY_ALIASES} values`, 0);
  if (reader.next + 1 < reader.events.length) {
    reader.next += 2;
    const { offset } = readNode(reader);
    const hint = 'a file holds one document: remove the `---`, or make two files of it';
    reader.fail('a second document begins here', offset === -1 ? reader.text.length : offset, hint);
  }
  return root;
}

function readNode(reader: Reader): Node {
  // biome-ignore lint/style/noNonNullAssertion: what is opened is closed, so that an event follows
  const event = reader.events[reader.next++]!;
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return NOTHING;
  const name = reader.text.slice(event.anchorStart, event.anchorEnd);
  if (event.type === EVENT_ID.ALIAS) return readAlias(reader, name, event.anchorStart - 1);
  if (event.anchorStart === -1) return readValue(reader, event);
  reader.anchors.set(name, null);
  const node = readValue(reader, event);
  reader.anchors.set(name, node);
  return node;
}

function readValue(reader: Reader, event: ScalarEvent | SequenceEvent | MappingEvent): Node {
  if (event.type === EVENT_ID.SCALAR) return readScalar(reader, event);
  return event.type === EVENT_ID.SEQUENCE ? readSequence(reader, event) : readMapping(reader, event);
}

function readAlias(reader: Reader, name: string, offset: number): Node {
  const anchored = reader.anchors.get(name);
  if (anchored) return { ...anchored, offset };
  reader.fail(anchored === null ? `*${name} stands inside its own value` : `no &${name} above this`, offset);
  return NOTHING;
}

function readSequence(reader: Reader, event: SequenceEvent): Node {
  expectTag(reader, event, '!!seq');
  const nodes: Node[] = [];
  while (!atEnd(reader)) nodes.push(readNode(reader));
  const place = (node: Node): number => (node.offset === -1 ? event.start : node.offset);
  return {
    value: nodes.map((node) => node.value),
    offset: event.start,
    size: nodes.reduce((sum, node) => sum + node.size, 1),
    entries: new Map(nodes.map((node, index) => [index, { keyOffset: place(node), node }])),
  };
}

function readMapping(reader: Reader, event: MappingEvent): Node {
  expectTag(reader, event, '!!map');
  const own = new Map<string, Entry>();
  const merged = new Map<string, Entry>();
  while (!atEnd(reader)) {
    const key = readKey(reader);
    const node = readNode(reader);
    if (key?.isMerge) merge(reader, merged, node, key.offset);
    else if (key) addEntry(reader, own, node, key);
  }
  // As in PyYAML: what is merged comes first, and the mapping's own keys win.
  const entries = new Map<string, Entry>([...merged, ...own]);
  const pairs = [...entries].map(([key, { node }]) => [key, node.value] as const);
  const size = [...entries.values()].reduce((sum, { node }) => sum + node.size, 1);
  return { value: Object.fromEntries(pairs), offset: event.start, size, entries };
}

function readKey(reader: Reader): Key | null {
  // biome-ignore lint/style/noNonNullAssertion: the mapping is not at its end
  const event = reader.events[reader.next]!;
  const node = readNode(reader);
  if (event.type === EVENT_ID.SCALAR) {
    const text = getScalarValue(reader.text, event);
    const isMerge = text === '<<' && event.style === SCALAR_STYLE.PLAIN;
    return { text, offset: event.valueStart, isMerge };
  }
  const offset =
    event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : node.offset;
  reader.fail('a key must be a word', offset, 'a value that begins with `{` or `{{` needs quotes around it');
  return null;
}

function addEntry(reader: Reader, entries: Map<string, Entry>, node: Node, key: Key): void {
  const first = entries.get(key.text);
  if (first === undefined) entries.set(key.text, { keyOffset: key.offset, node });
  else
    reader.fail(
      `"${key.text}" is here twice`,
      key.offset,
      `first in line ${reader.lineOf(first.keyOffset)}; only one of them could count: join them or remove one`,
    );
}

/** `<<: *base` or `<<: [*first, *second]`: of two that give the same key, the first wins. */
function merge(reader: Reader, merged: Map<string, Entry>, node: Node, offset: number): void {
  const sources = Array.isArray(node.value)
    ? [...(node.entries?.values() ?? [])].map((entry) => entry.node)
    : [node];
  for (const { value, entries } of sources) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      reader.fail('`<<` takes a mapping, or a list of mappings', offset);
      continue;
    }
    for (const [key, entry] of entries ?? []) if (!merged.has(String(key))) merged.set(String(key), entry);
  }
}

/** Tells whether the collection being read ends here; steps over its end. */
function atEnd(reader: Reader): boolean {
  // biome-ignore lint/style/noNonNullAssertion: a collection has an end
  if (reader.events[reader.next]!.type !== EVENT_ID.POP) return false;
  reader.next++;
  return true;
}

function readScalar(reader: Reader, event: ScalarEvent): Node {
  const text = getScalarValue(reader.text, event);
  const offset = event.valueStart === -1 ? -1 : event.valueStart + Math.max(event.indent, 0);
  return { value: scalarValue(reader, event, text), offset, size: 1 };
}

function scalarValue(reader: Reader, event: ScalarEvent, text: string): Json {
  const tag = tagOf(reader, event);
  if (tag === null) return event.style === SCALAR_STYLE.PLAIN ? plainScalar(text, reader.dialect) : text;
  const value = taggedScalar(tag, text, reader.dialect);
  if (value === undefined) reader.fail(`${tag} is not understood here`, event.tagStart);
  return value ?? null;
}

function expectTag(reader: Reader, event: SequenceEvent | MappingEvent, expected: string): void {
  const tag = tagOf(reader, event);
  if (tag !== null && tag !== expected) reader.fail(`${tag} is not understood here`, event.tagStart);
}

function tagOf(reader: Reader, event: { tagStart: number; tagEnd: number }): string | null {
  return event.tagStart === -1 ? null : reader.text.slice(event.tagStart, event.tagEnd);
}
