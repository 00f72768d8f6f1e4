/** Of an answer that is very long, a part is parsed, and what comes after is not known. */
import { expect, it } from 'vitest';
import { command, defineCollector, t } from '../../src/define.ts';
import { answersIn } from '../../src/host/answers.ts';
import { readFact } from '../../src/host/reading.ts';
import type { Evidence } from '../../src/model.ts';

const collector = defineCollector({
  id: 'words',
  doc: 'Words.',
  scope: 'host',
  samples: 2,
  probes: { list: { ...command('words', 'words'), most: 10 } },
  type: t.list(t.string()),
  parse: ({ list = '' }) => ({ value: list.split('\n').filter((word) => word !== '') }),
});

function reading(...texts: string[]) {
  const evidence = texts.map(
    (value, sample): Evidence => ({
      probe: 'words.list',
      namespace: null,
      sample: sample as 0 | 1,
      answer: { ok: true, value },
    }),
  );
  return readFact(collector, null, answersIn({ evidence }));
}

const REASON = /^words: more than .* MiB: what comes after is not looked at$/;

it.each([
  ['short', 'one\ntwo\n', ['one', 'two'], false],
  ['as long as may be', 'one\nthree\n', ['one', 'three'], false],
  ['too long', 'one\ntwo\nthree\n', ['one', 'two'], true],
  ['too long, and one line', 'onetwothreefour', [], true],
])('%s', (_name, text, words, isCut) => {
  const read = reading(text);
  if (!read.ok) throw new Error(read.reason);
  const { model, fact, cut } = read.value;
  expect(model.value).toEqual(words);
  expect(fact.partial ?? null).toEqual(isCut ? expect.stringMatching(REASON) : null);
  expect(cut).toEqual(isCut ? [expect.stringMatching(REASON)] : []);
});

it('says so of a second sample as well', () => {
  const read = reading('one\n', 'one\ntwo\nthree\n');
  expect(read.ok && read.value.fact).toMatchObject({
    value: ['one', 'two'],
    partial: expect.stringMatching(REASON),
  });
});

it('is truncated where it is one value', () => {
  expect(reading('{"nftables": []}')).toMatchObject({
    ok: false,
    problem: 'truncated',
    reason: expect.stringMatching(REASON),
  });
});
