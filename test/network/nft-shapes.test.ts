/**
 * Newer versions of nft say things in shapes that nobody here has seen. Real listings are changed in every way that a new
 * shape may differ: no answer becomes certain and another.
 *
 * `nft-shapes/*.json` are what nft of that version prints of `shapes.nft`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/model.ts';
import { parseAddress } from '../../src/network/address-text.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';
import { natTracer } from '../../src/network/trace/nat.ts';

/** Of the thousands of changes there are: all of them take minutes. */
const RUNS = 300;
const FOLDER = join(import.meta.dirname, 'nft-shapes');
const listings = [
  ...readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(FOLDER, name)),
  join(import.meta.dirname, 'rulesets/firewalld.json'),
];

/** What nft leaves out by itself: nobody can tell that it was there. */
const OPTIONAL = new Set(['addr', 'comment', 'elem', 'flags', 'port', 'stmt', 'timeout', 'type_flags']);
/** What says nothing about packets. */
const SILENT = new Set(['metainfo', 'handle', 'comment', 'counter', 'log', 'size', 'burst', 'rate']);

/** One packet for each rule of `shapes.nft` that decides about any. */
const PACKETS = [
  ...[80, 81, 83, 84, 85, 86, 88, 89, 90, 91, 92, 8081].map((port) => ['10.1.2.3', 6, port] as const),
  ...[53, 54, 83, 94].map((port) => ['10.1.2.4', 17, port] as const),
  ...['10.3.0.5', '10.3.1.5', '10.4.0.5', '10.9.0.1', '10.9.0.2', '10.9.0.3', '192.0.2.7'].map(
    (source) => [source, 6, 80] as const,
  ),
].map(([source, protocol, port]) => ({
  source: parseAddress(source)!,
  destination: parseAddress('198.51.100.1')!,
  protocol,
  sourcePort: 1000,
  destinationPort: port,
  mark: 0,
  in: 'eth1',
  out: 'eth0',
  outAddress: parseAddress('203.0.113.1'),
}));

/** What is answered for each packet: null where it is not certain, or the listing is refused. */
function answersTo(listing: Json): (string | null)[] {
  try {
    const trace = natTracer(readRuleset(JSON.stringify(listing), 'nft'));
    return PACKETS.map((packet) => {
      const { action, source, certain } = trace(packet);
      return certain ? `${action} ${source}` : null;
    });
  } catch {
    return PACKETS.map(() => null);
  }
}

interface Change {
  path: readonly (string | number)[];
  how: string;
  changed: Json;
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every way to change one value of a listing. */
function* changes(value: Json, path: readonly (string | number)[] = []): Generator<Change> {
  if (path.length > 0) {
    yield { path, how: 'wrapped in an object', changed: { novel: value } };
    yield { path, how: 'wrapped in a list', changed: [value] };
  }
  if (path.at(-1) === 'op') yield { path, how: 'an operator nobody knows', changed: `${value}~` };
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* changes(item, [...path, i]);
  if (!isObject(value)) return;
  yield { path, how: 'with a key nobody knows', changed: { ...value, novel: true } };
  yield { path, how: 'with a key nobody knows in front', changed: { novel: null, ...value } };
  for (const [key, inner] of Object.entries(value)) {
    const { [key]: _, ...others } = value;
    yield { path, how: `${key} renamed`, changed: { ...others, [`${key}~`]: inner } };
    if (!OPTIONAL.has(key)) yield { path, how: `without ${key}`, changed: others };
    if (!SILENT.has(key)) yield* changes(inner, [...path, key]);
  }
}

function withChange(value: Json, [step, ...rest]: Change['path'], changed: Json): Json {
  if (step === undefined) return changed;
  if (Array.isArray(value))
    return value.map((item, i) => (i === step ? withChange(item, rest, changed) : item));
  return isObject(value) ? { ...value, [step]: withChange(value[step]!, rest, changed) } : value;
}

describe.each(listings)('%s', (path) => {
  const listing = JSON.parse(readFileSync(path, 'utf8')) as Json;
  const answers = answersTo(listing);

  it('is answered with certainty for most packets', () => {
    expect(answers.filter((answer) => answer !== null).length).toBeGreaterThan(PACKETS.length / 2);
  });

  it('gives no other certain answer when its shape changes', () => {
    const drawn = fc.constantFrom(...changes(listing));
    const property = fc.property(drawn, ({ path: where, how, changed }) => {
      const after = answersTo(withChange(listing, where, changed));
      const other = after.findIndex((answer, i) => answer !== null && answer !== answers[i]);
      expect(other, `${where.join('.')} ${how}: ${answers[other]} becomes ${after[other]}`).toBe(-1);
    });
    fc.assert(property, { numRuns: RUNS });
  }, 120_000);
});
