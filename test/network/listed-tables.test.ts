import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apartFromListing, savedTables, tablesInJson } from '../../src/network/listed-tables.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';

const SAMPLES = join(import.meta.dirname, '../collectors/nat/listed-and-printed');
const sample = (name: string) => readFileSync(join(SAMPLES, name), 'utf8');

it.each(['', '\n', '# listed', '*nat\nCOMMIT\n', '# listed: nat\n*nat\nCOMMIT\n'])(
  '%j has no listing',
  (text) => {
    expect(apartFromListing(text)).toEqual({ ruleset: text, listed: [] });
  },
);

it('only the last lines are a listing, whatever a comment of a rule says', () => {
  const ruleset = '*nat\n-A POSTROUTING -m comment --comment "a\n# listed: raw\nb" -j MASQUERADE\nCOMMIT\n';
  expect(apartFromListing(`${ruleset}# listed: nat\n# listed: raw\n`)).toEqual({
    ruleset,
    listed: ['nat', 'raw'],
  });
});

it('a table is found whatever stands in it', () => {
  const table = {
    comment: '}, {"table": {"family": "ip", "name": "no"}}',
    flags: ['dormant'],
    name: 'a"b',
    family: 'ip',
  };
  const rule = { family: 'ip', table: 'filter', chain: 'c', expr: [] };
  expect(tablesInJson(JSON.stringify({ nftables: [{ table }, { rule }] }))).toEqual(['ip a"b']);
});

it('answers of a snapshot are rulesets for twlint trace, too', () => {
  expect(savedTables(sample('legacy'))).toEqual(['raw', 'nat', 'mangle', 'filter']);
  for (const name of ['legacy', 'nftables'])
    expect(readRuleset(sample(name), name).tables.length).toBeGreaterThan(0);
});
