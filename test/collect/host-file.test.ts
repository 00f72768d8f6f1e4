/** A host's file in a snapshot holds whatever a host answers, and nothing else is taken for one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseHostFile, printHostFile } from '../../src/collect/host-file.ts';
import { UserError } from '../../src/errors.ts';
import { type Evidence, PROBLEMS } from '../../src/model.ts';

/** Answers of lines that look like parts of the file. */
const text = fc
  .array(
    fc.constantFrom('\n', '\n\n', '\t', '\r\n', '{"answers":0}', '{"probe":"a"}', 'x', '\u2028', 'ü', ''),
  )
  .map((pieces) => pieces.join(''));
const answer: fc.Arbitrary<Evidence['answer']> = fc.oneof(
  text.map((value) => ({ ok: true as const, value })),
  fc.record({ ok: fc.constant(false as const), problem: fc.constantFrom(...PROBLEMS), reason: text }),
);
const evidence: fc.Arbitrary<Evidence[]> = fc.uniqueArray(
  fc.record({
    probe: fc.constantFrom('nat.legacy', 'kernel.release', 'sysctl.values'),
    namespace: fc.option(fc.constantFrom('4026531956', 'a\nb')),
    sample: fc.constantFrom(0 as const, 1 as const),
    answer,
  }),
  { selector: ({ probe, namespace, sample }) => JSON.stringify([probe, namespace, sample]) },
);

function whyNot(content: string): string {
  try {
    parseHostFile(content, 'h.txt');
    return '';
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

it('is read as it was written', () => {
  fc.assert(
    fc.property(evidence, (all) => {
      expect(parseHostFile(printHostFile(all), 'h.txt')).toEqual(all);
    }),
  );
});

it('is none when any of its end is missing', () => {
  fc.assert(
    fc.property(evidence, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, part) => {
      const whole = printHostFile(all);
      expect(whyNot(whole.slice(0, Math.floor(part * whole.length)))).toMatch(/^h\.txt: it is cut off/);
    }),
  );
});

it('is read by people, and by grep', () => {
  const shown = printHostFile([
    {
      probe: 'nat.legacy',
      namespace: '4026531956',
      sample: 0,
      answer: { ok: true, value: '*nat\n-A POSTROUTING -j MASQUERADE\n' },
    },
    {
      probe: 'ipvs.ipvs',
      namespace: '4026531956',
      sample: 0,
      answer: { ok: false, problem: 'absent', reason: 'no such file' },
    },
  ]);
  expect(shown).toBe(`{"probe":"nat.legacy","namespace":"4026531956","sample":0}
\t*nat
\t-A POSTROUTING -j MASQUERADE
\t

{"probe":"ipvs.ipvs","namespace":"4026531956","sample":0,"problem":"absent","reason":"no such file"}

{"answers":2}
`);
});

const ENTRY = '{"probe":"kernel.release","namespace":null,"sample":0}';

it.each<[content: string, says: string]>([
  ['', 'h.txt: it is cut off'],
  [`${ENTRY}\n\t3.10\n`, 'h.txt: it is cut off'],
  [`${ENTRY}\n\t3.10\n\n{"answers":2}\n`, 'h.txt: it is cut off'],
  ['nothing\n\n{"answers":1}\n', 'h.txt:1: it is no JSON'],
  ['[]\n\n{"answers":1}\n', 'h.txt:1: it should be an object'],
  [`${ENTRY}\n\n{"answers":1}\n`, 'h.txt:1: the lines of an answer should begin with a tab'],
  [`${ENTRY}\n3.10\n\n{"answers":1}\n`, 'h.txt:1: the lines of an answer should begin with a tab'],
  [`${ENTRY}\n\t3.10\n\n{"probe":1}\n\n{"answers":2}\n`, 'h.txt:4: it.probe should be text'],
  [`${ENTRY}\n\t1\n\n${ENTRY}\n\t2\n\n{"answers":2}\n`, 'h.txt: an answer is listed twice'],
  [
    `${ENTRY.replace('}', ',"problem":"denied","reason":"x"}')}\n\t3.10\n\n{"answers":1}\n`,
    'h.txt:1: an answer, and a problem',
  ],
])('%j is none', (content, says) => {
  expect(whyNot(content)).toContain(says);
});
