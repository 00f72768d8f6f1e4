/**
 * Each file test/derived/<fact>/<case>.json is a case. `given` holds the facts it is made of, zeros for what is left
 * out, or a word for why one is missing; `partial` those that are incomplete, and why,
 * `within` what of them is. Of `value` and `lines` only what
 * matters need be named; `unreadable` and `partial` are compared whole.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Lacks, Parsed } from '../../src/define.ts';
import type { DerivedFact } from '../../src/define-derived.ts';
import { derivedFacts } from '../../src/derived/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { derive, typeOf } from '../../src/evaluate/facts/derive.ts';
import type { Fact } from '../../src/evaluate/facts/facts.ts';
import { filled } from '../../src/evaluate/fixture.ts';
import type { Json, Problem } from '../../src/model.ts';
import { misfits } from '../collectors/misfits.ts';

interface Case {
  given: Record<string, Json>;
  partial?: Record<string, string>;
  within?: Record<string, Record<string, Lacks>>;
  lines?: Record<string, Record<string, unknown>>;
  expected: Partial<Parsed<unknown>>;
}

const casesOf = (id: string) => readdirSync(join(import.meta.dirname, id)).sort();

describe.each([...derivedFacts.values()])('$id', (fact) => {
  it.each(casesOf(fact.id))('%s', (name) => {
    check(fact, JSON.parse(readFileSync(join(import.meta.dirname, fact.id, name), 'utf8')));
  });

  it('is made of facts that are there, within its scope', () => {
    const { facts, derived } = buildVocabulary(collectors);
    expect(derived).toContain(fact);
    for (const { from } of Object.values(fact.entries))
      for (const [name, origin] of Object.entries(from)) {
        expect(origin.id).toBe(name);
        expect(Object.keys(facts[fact.scope])).toContain(name);
      }
  });
});

function check(fact: DerivedFact, { given, partial = {}, within = {}, lines = {}, expected }: Case) {
  const origins = Object.assign({}, ...Object.values(fact.entries).map(({ from }) => from));
  expect(Object.keys(origins)).toEqual(expect.arrayContaining(Object.keys(given)));
  const facts = new Map(
    Object.entries<{ type: Parameters<typeof filled>[0] }>(origins).map(
      ([name, { type }]): [string, Fact] => {
        const text = given[name];
        if (typeof text === 'string')
          return [name, { ok: false, problem: text as Problem, reason: 'as the case has it' }];
        const value = filled(type, text, (path, message) => {
          throw new Error(`given.${[name, ...path].join('.')}: ${message}`);
        });
        const parsed = {
          value,
          lines: (lines[name] ?? {}) as Parsed<unknown>['lines'] & object,
          within: within[name] ?? {},
        };
        return [
          name,
          {
            ok: true,
            parsed: partial[name] === undefined ? parsed : { ...parsed, partial: partial[name] },
            encoded: null,
          },
        ];
      },
    ),
  );
  const derived = derive(fact, facts);
  expect(misfits(derived.value, typeOf(fact))).toEqual([]);
  expect(derived).toMatchObject({
    ...(expected.value === undefined ? {} : { value: expected.value }),
    ...(expected.lines === undefined ? {} : { lines: expected.lines }),
  });
  expect(derived.unreadable).toEqual(expected.unreadable ?? {});
  expect(derived.within).toEqual(expected.within ?? {});
}
