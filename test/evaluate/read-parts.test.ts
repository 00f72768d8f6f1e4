import { expect, it } from 'vitest';
import { t } from '../../src/define.ts';
import { onlyRead, partsRead } from '../../src/evaluate/facts/read-parts.ts';

const type = t.object({ total: t.map(t.int()), names: t.list(t.string()), sampled: t.bool() });
const line = (text: string) => ({ origin: '/proc/net/netstat', line: 1, text });
const parsed = {
  value: { total: { A: 1, B: 2, constructor: 3 }, names: ['A', 'B'], sampled: true },
  lines: { A: line('A 1'), B: line('B 2') },
  unreadable: { C: 'not a number' },
  partial: 'it was cut',
};
const read = (keys: string[], whole = false) => ({ fact: 'counters', keys, whole });

it('leaves entries that are read, and all that is no map', () => {
  const words = partsRead([read(['total', 'A']), read(['sampled'])]).get('counters')!;
  expect(onlyRead(parsed, type, words)).toEqual({
    ...parsed,
    value: { ...parsed.value, total: { A: 1 } },
    lines: { A: line('A 1') },
  });
});

it('leaves all where all is read, by whichever rule', () => {
  for (const reads of [
    [read(['total', 'A']), read([], true)],
    [read(['total'], true), read(['total', 'A'])],
  ])
    expect(onlyRead(parsed, type, partsRead(reads).get('counters')!)).toBe(parsed);
});

it('takes a map for one, and the names of its entries for names', () => {
  const map = { value: { constructor: 3, toString: 4 } };
  const words = partsRead([read(['constructor']), read(['valueOf'])]).get('counters')!;
  expect(onlyRead(map, t.map(t.int()), words)).toEqual({ value: { constructor: 3 } });
});

it('has no part of a fact that is not read', () => {
  expect(partsRead([read(['A'])]).get('sysctl')).toBeUndefined();
});
