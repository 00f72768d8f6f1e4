import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ALL4, addressSet, NONE, parseAddresses, rangeSet, unionOf } from '../../src/network/addresses.ts';
import type { Match, Side } from '../../src/network/ruleset.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import type { EvaluationContext } from '../../src/network/walk/evaluation-context.ts';
import { flowOf } from '../../src/network/walk/flow.ts';
import { matchAll } from '../../src/network/walk/match.ts';
import { packets } from '../../src/network/walk/packets.ts';
import { casesAbout, rowsAbout } from '../../src/network/walk/rows-about.ts';

const context: EvaluationContext = {
  ipsets: new Map(),
  local: { known: parseAddresses('127.0.0.0/8')!, doubtful: NONE },
  masquerade: () => 'nobody asks',
  redirect: () => 'nobody asks',
  budget: fullBudget(),
};

const value = fc.integer({ min: 0, max: 60 });
const address = value.map((low) => addressSet({ family: 4, value: low }));
const set = fc.oneof(
  address,
  fc.array(address, { minLength: 1, maxLength: 12 }).map(unionOf),
  fc
    .tuple(value, value)
    .map(([a, b]) => rangeSet({ family: 4, value: Math.min(a, b) }, { family: 4, value: Math.max(a, b) })!),
);
const side = fc.constantFrom<Side>('source', 'destination');
const match: fc.Arbitrary<Match> = fc.oneof(
  fc.record({ kind: fc.constant('address' as const), side, set, not: fc.boolean() }),
  fc.record({ kind: fc.constant('protocol' as const), protocols: fc.constant([6, 6]), not: fc.boolean() }),
  fc.record({ kind: fc.constant('undecided' as const), text: fc.constant('who knows') }),
);
const rows = fc.array(fc.array(match, { maxLength: 3 }), { minLength: 1, maxLength: 40 });

it('leaves out only rows that hold for no packet', () => {
  fc.assert(
    fc.property(rows, set, set, (all, source, destination) => {
      const flow = flowOf(packets(source, destination));
      const cases = all.map((when) => ({ when, action: null }));
      const kept = rowsAbout(all, flow);
      expect(casesAbout(cases, flow).map(({ when }) => when)).toEqual(kept);
      expect(kept).toEqual(all.filter((row) => kept.includes(row)));
      for (const row of all) if (!kept.includes(row)) expect(matchAll(row, flow, context)).toBe('no');
    }),
  );
});

it.each([
  { about: 'that alone', anything: [] },
  { about: 'a source that is any', anything: [{ kind: 'address', side: 'source', set: ALL4, not: false }] },
  {
    about: 'a destination that is any',
    anything: [{ kind: 'address', side: 'destination', set: ALL4, not: false }],
  },
] as { about: string; anything: Match[] }[])(
  'finds the one row of thousands that is about an address, and $about',
  ({ anything }) => {
    const thousands = Array.from({ length: 5000 }, (_, i): Match[] => [
      ...anything,
      { kind: 'address', side: 'destination', set: addressSet({ family: 4, value: i }), not: false },
    ]);
    const flow = flowOf(packets(parseAddresses('10.0.0.0/8')!, addressSet({ family: 4, value: 4711 })));
    expect(rowsAbout(thousands, flow)).toEqual([thousands[4711]]);
  },
);
