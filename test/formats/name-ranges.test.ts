import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameRanges } from '../../src/formats/name-ranges.ts';

test.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['two', ['web-1', 'web-2'], ['web-1', 'web-2']],
  ['three', ['web-1', 'web-2', 'web-3'], ['web-[1-3]']],
  ['with zeros', ['web-08', 'web-09', 'web-10', 'web-11'], ['web-[08-11]']],
  ['of two widths', ['web-8', 'web-9', 'web-10'], ['web-[8-10]']],
  ['that are not the same', ['web-9', 'web-010', 'web-011', 'web-012'], ['web-9', 'web-[010-012]']],
  ['with gaps', ['a1', 'a2', 'a3', 'a7', 'a5'], ['a[1-3]', 'a5', 'a7']],
  ['with something behind it', ['s1/init', 's2/init', 's3/init', 's1/pod'], ['s[1-3]/init', 's1/pod']],
  ['without numbers', ['b', 'a', 'b'], ['b', 'a']],
  ['that are addresses', ['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['10.0.0.[1-3]']],
  [
    'of more digits than a number has',
    ['a1234567890123', 'a1234567890124', 'a1234567890125'],
    ['a1234567890123', 'a1234567890124', 'a1234567890125'],
  ],
])('names: %s', (_name, names, ranges) => expect(nameRanges(names)).toEqual(ranges));

test('each name is in one range, and nothing else is', () => {
  const name = fc
    .tuple(fc.constantFrom('a', 'a0', 'b-', ''), fc.nat(30), fc.constantFrom('', 'x', '/init'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), (names) => {
      const all = nameRanges(names).flatMap(spelledOut);
      expect(all.toSorted()).toEqual([...new Set(names)].sort());
    }),
  );
});

/** `web-[08-10]` as three names. */
function spelledOut(range: string): string[] {
  const [, before, from, to, after] = /^(.*)\[(\d+)-(\d+)\](.*)$/.exec(range) ?? [];
  if (from === undefined) return [range];
  const length = Number(to) - Number(from) + 1;
  return Array.from(
    { length },
    (_, i) => before + String(Number(from) + i).padStart(from.length, '0') + after,
  );
}
