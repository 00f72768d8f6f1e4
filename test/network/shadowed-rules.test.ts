/**
 * Each file test/network/shadowed-rules/<case>.rules is a ruleset; a rule that no packet gets to says `shadowed by` and the
 * number of the rule's line in its comment, and no other does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shadowedRules } from '../../src/network/filtering/shadowed-rules.ts';
import { readRuleset } from '../../src/network/ruleset-text.ts';

const CASES = join(import.meta.dirname, 'shadowed-rules');

it.each(readdirSync(CASES).sort())('%s', (name) => {
  const text = readFileSync(join(CASES, name), 'utf8');
  const said = text
    .split('\n')
    .flatMap((row, i) =>
      row.includes('"shadowed by ') ? [`${i + 1} by ${/"shadowed by (\d+)"/.exec(row)?.[1]}`] : [],
    );
  const found = shadowedRules(readRuleset(text, name).tables).map(
    ({ rule, by }) => `${rule.line} by ${by.line}`,
  );
  expect(found).toEqual(said);
});
