/**
 * Facts of which something is missing stand for all worlds that they may be of. An answer that is certain is the answer
 * in each of these; expressions and worlds are drawn.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Parsed, t } from '../../src/define.ts';
import { grammar } from '../../src/evaluate/expression/expression.ts';
import { unknownFor } from '../../src/evaluate/expression/unknown.ts';

const types = {
  sizes: t.map(t.int()),
  words: t.list(t.string()),
  rules: t.object({
    list: t.list(t.object({ family: t.string(), port: t.int(), tags: t.list(t.string()) })),
    on: t.bool(),
    most: t.int(),
    by: t.map(t.int()),
  }),
};
type World = Record<keyof typeof types, unknown>;

const { over, encode } = grammar(types);
const language = over(Object.keys(types));

// ---- worlds, and what is seen of them --------------------------------------------------------------------------

const KEYS = ['a', 'b', 'c'];
const word = fc.constantFrom('x', 'y', 'z');
const number = fc.integer({ min: 0, max: 3 });
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
const item = fc.record({ family: word, port: number, tags: few(word) });
const table = fc.dictionary(fc.constantFrom(...KEYS), number, { noNullPrototype: true });

/** Something that is seen, and the worlds in which that is so. */
interface Seen {
  parsed: Parsed<unknown> | null;
  worlds: fc.Arbitrary<unknown>;
}

const mixed = <T>(known: readonly T[], further: readonly T[]) =>
  fc.shuffledSubarray([...known, ...further], { minLength: known.length + further.length });

const seenTable: fc.Arbitrary<Seen> = fc
  .record({ known: table, hidden: fc.subarray(KEYS), open: fc.boolean() })
  .map(({ known, hidden, open }) => {
    const value = Object.fromEntries(Object.entries(known).filter(([key]) => !hidden.includes(key)));
    const perhaps = KEYS.filter((key) => !Object.hasOwn(value, key) && (open || hidden.includes(key)));
    const unreadable = Object.fromEntries(hidden.map((key) => [key, 'hidden']));
    return {
      parsed: { value, unreadable, ...(open && { partial: 'open' }) },
      worlds: table.map((other) => ({
        ...Object.fromEntries(Object.entries(other).filter(([key]) => perhaps.includes(key))),
        ...value,
      })),
    };
  });

const seenList = <T>(one: fc.Arbitrary<T>, known: Partial<T> | null): fc.Arbitrary<Seen> =>
  fc.record({ value: few(one), open: fc.boolean() }).map(({ value, open }) => ({
    parsed: {
      value,
      ...(open && { partial: 'open', ...(known && { further: known as Record<string, unknown> }) }),
    },
    worlds: open
      ? few(one).chain((further) =>
          mixed(value, known ? further.map((it) => ({ ...it, ...known })) : further),
        )
      : fc.constant(value),
  }));

const seenRules: fc.Arbitrary<Seen> = fc
  .record({
    list: fc.option(fc.constant({ family: 'z' })).chain((known) => seenList(item, known)),
    on: fc.boolean(),
    most: number,
    by: seenTable,
    unreadable: fc.subarray(['on', 'most', 'list', 'by']),
    isLeast: fc.boolean(),
  })
  .map(({ list, by, on, most, unreadable, isLeast }) => ({
    parsed: {
      value: { on, most, list: list.parsed?.value, by: by.parsed?.value },
      unreadable: Object.fromEntries(unreadable.map((key) => [key, 'hidden'])),
      ...(isLeast && { atLeast: { most: 'more' } }),
      within: { list: list.parsed ?? {}, by: by.parsed ?? {} },
    },
    worlds: fc.record({
      on: unreadable.includes('on') ? fc.boolean() : fc.constant(on),
      most: unreadable.includes('most')
        ? number
        : isLeast
          ? number.map((more) => most + more)
          : fc.constant(most),
      list: unreadable.includes('list') ? few(item) : list.worlds,
      by: unreadable.includes('by') ? table : by.worlds,
    }),
  }));

const anyRules = fc.record({ on: fc.boolean(), most: number, list: few(item), by: table });
const orMissing = (seen: fc.Arbitrary<Seen>, any: fc.Arbitrary<unknown>): fc.Arbitrary<Seen> =>
  fc.oneof(
    { weight: 5, arbitrary: seen },
    { weight: 1, arbitrary: fc.constant({ parsed: null, worlds: any }) },
  );

const seen = fc.record({
  sizes: orMissing(seenTable, table),
  words: orMissing(seenList(word, null), few(word)),
  rules: orMissing(seenRules, anyRules),
});

// ---- expressions -----------------------------------------------------------------------------------------------

const literal = word.map((one) => `'${one}'`);
const key = fc.constantFrom(...KEYS).map((one) => `'${one}'`);
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));
const text = (fixed: string) => fc.constant(fixed);

/** Conditions on an item `it` of `rules.list`. */
const { ofItem } = fc.letrec<{ ofItem: string }>((tie) => ({
  ofItem: fc.oneof(
    { depthSize: 'small' },
    join(text('it.family == '), literal),
    join(
      text('it.port '),
      fc.constantFrom('<', '==', '!=', '>='),
      number.map((n) => ` ${n}`),
    ),
    join(literal, text(' in it.tags')),
    text('it.port < rules.most'),
    join(text('!('), tie('ofItem'), text(')')),
    join(text('('), tie('ofItem'), fc.constantFrom(' && ', ' || '), tie('ofItem'), text(')')),
  ),
}));

const list = fc.oneof(text('rules.list'), join(text('rules.list.filter(it, '), ofItem, text(')')));

const amount = fc.oneof(
  number.map(String),
  text('rules.most'),
  join(text('size('), list, text(')')),
  text('size(words)'),
  text('size(sizes)'),
  text('size(rules.by) + size(words)'),
  join(text('sizes['), key, text(']')),
  join(text('rules.by['), key, text(']')),
);

const { truth } = fc.letrec<{ truth: string }>((tie) => ({
  truth: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    text('rules.on'),
    join(text('('), amount, fc.constantFrom(' < ', ' <= ', ' > ', ' >= ', ' == ', ' != '), amount, text(')')),
    join(list, fc.constantFrom('.exists', '.all', '.exists_one'), text('(it, '), ofItem, text(')')),
    join(key, text(' in '), fc.constantFrom('sizes', 'rules.by')),
    join(literal, text(' in '), fc.oneof(text('words'), join(list, text('.map(it, it.family)')))),
    join(text('words '), fc.constantFrom('==', '!='), text(' ['), literal, text(']')),
    join(text('words + words == ['), literal, text(']')),
    join(text('words[0] == '), literal),
    join(text('words.exists(it, it == '), literal, text(')')),
    join(text('sizes.exists(key, sizes[key] > '), number.map(String), text(')')),
    text('sizes == rules.by'),
    text('rules.list == rules.list.filter(it, it.port < 2)'),
    join(text('!('), tie('truth'), text(')')),
    join(text('('), tie('truth'), fc.constantFrom(' && ', ' || '), tie('truth'), text(')')),
    join(text('('), tie('truth'), text(' ? '), tie('truth'), text(' : '), tie('truth'), text(')')),
    join(text('cel.bind(bound, '), tie('truth'), text(', bound || !bound && rules.on)')),
  ),
}));

// ---- the law ---------------------------------------------------------------------------------------------------

function answerIn(expression: ReturnType<typeof compiled>, facts: Record<string, Parsed<unknown> | null>) {
  const missing = unknownFor([{ problem: 'denied', reason: 'missing' }]);
  return expression.evaluate(
    Object.fromEntries(
      Object.entries(facts).map(([name, parsed]) => [name, parsed === null ? missing : encode(name, parsed)]),
    ),
  );
}

function compiled(written: string) {
  const result = language.compile(written);
  if (!result.ok) throw new Error(`${written}: ${result.errors.map(({ message }) => message).join()}`);
  return result.expression;
}

it('what is certain of a part is so in every world that the part may be of', () => {
  const count = { certain: 0, agreed: 0 };
  const drawn = seen.chain((facts) =>
    fc.record({
      facts: fc.constant(facts),
      written: truth,
      worlds: fc.array(
        fc.record({ sizes: facts.sizes.worlds, words: facts.words.worlds, rules: facts.rules.worlds }),
        { minLength: 12, maxLength: 12 },
      ),
    }),
  );
  fc.assert(
    fc.property(drawn, ({ facts, written, worlds }) => {
      const expression = compiled(written);
      const { sizes, words, rules } = facts;
      const answer = answerIn(expression, { sizes: sizes.parsed, words: words.parsed, rules: rules.parsed });
      const answers = worlds.map((world: World) =>
        answerIn(
          expression,
          Object.fromEntries(Object.entries(world).map(([name, value]) => [name, { value }])),
        ),
      );
      // where something is asked for that is not there, there is no answer
      const given = new Set(answers.flatMap((one) => (one.ok ? [one.value] : [])));
      if (answer.ok) expect([...given].filter((value) => value !== answer.value)).toEqual([]);
      if (given.size === 1 && answers.every(({ ok }) => ok)) {
        count.agreed += 1;
        if (answer.ok) count.certain += 1;
      }
    }),
    { numRuns: 3000 },
  );
  // a dozen worlds often agree by chance, and Kleene's logic does not see that `a || !a` holds
  expect(count.certain / count.agreed).toBeGreaterThan(0.5);
});
