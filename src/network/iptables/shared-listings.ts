/**
 * The nodes of a cluster print the same tables but for their counters: such a listing is read once, and of the next one its
 * counters alone.
 */
import { onceFor } from '../../once-for.ts';
import { sharing, structureKey } from '../../sharing.ts';
import type { Rule, Table } from '../ruleset.ts';
import { type CountedTables, withSharedTables } from '../shared-tables.ts';
import { joinQuotedLines } from './quoted-lines.ts';
import { parseIptablesSave, type SaveOptions } from './save.ts';

/** Throws as `parseIptablesSave` does. */
export function readIptablesSave(text: string, about: SaveOptions): CountedTables {
  // where a rule goes over several lines, its text does not tell which
  if (joinQuotedLines(text) !== text) return sharedTables(text, about);
  const uncounted = text.replace(COUNTERS, '[] ').replace(POLICY_COUNTERS, '$1').replace(COMMENT, '#');
  const key = structureKey([about, uncounted]);
  const { tables, constant, counted } = sharedListing({ key, read: () => readListing(text, about) }).read();
  const counts = new Map(constant);
  let i = 0;
  for (const [, packets] of text.matchAll(COUNTERS)) {
    const rule = counted[i++];
    if (rule !== undefined) counts.set(rule, Number(packets));
  }
  return { tables, counts };
}

/** What stands before a rule: `[8:480] -A INPUT`. */
const COUNTERS = /^\[(\d+):\d+\] /gm;
/** What stands behind a policy: `:INPUT ACCEPT [12:720]`. */
const POLICY_COUNTERS = /^(:\S+ \S+) \[\d+:\d+\]$/gm;
/** When it was printed. */
const COMMENT = /^#.*$/gm;

interface Listing {
  tables: Table[];
  /** The rules with a counter before them, in the order of their lines. */
  counted: readonly Rule[];
  /** What others count, by their own words. */
  constant: ReadonlyMap<Rule, number>;
}

function readListing(text: string, about: SaveOptions): Listing {
  const { tables, counts } = sharedTables(text, about);
  const lines = text.split('\n');
  const rules = tables
    .flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules))
    .sort((a, b) => a.line - b.line);
  const counted = rules.filter(({ line }) => lines[line - 1]?.search(COUNTERS) === 0);
  const before = new Set(counted);
  return { tables, counted, constant: new Map([...counts].filter(([rule]) => !before.has(rule))) };
}

function sharedTables(text: string, about: SaveOptions): CountedTables {
  const { tables, counts = new Map() } = withSharedTables({
    tables: parseIptablesSave(text, about),
    ipsets: new Map(),
  });
  return { tables, counts };
}

interface Reading {
  key: string;
  read(): Listing;
}

/** Held as long as somebody holds its tables. */
const sharedListing = sharing(
  ({ key }: Reading) => key,
  ({ key, read }): Reading => {
    const listing = read();
    const kept: Reading = { key, read: () => listing };
    for (const table of listing.tables) readingsOf(table).add(kept);
    return kept;
  },
);

const readingsOf = onceFor((_: Table) => new Set<Reading>());
