import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Evidence } from '../../src/model.ts';
import { fittingAnswers } from '../../src/parts/fitting-answers.ts';

const answers = fc.array(
  fc.string({ unit: fc.constantFrom('a', '"', '\u0001', '\ufffd', '\n'), maxLength: 400, size: 'max' }),
);

const evidenceOf = (texts: readonly string[]): Evidence[] =>
  texts.map((value, i) => ({ probe: `nat.${i}`, namespace: null, sample: 0, answer: { ok: true, value } }));

it('leaves out the longest answers, as few as will do, and says so of each', () => {
  fc.assert(
    fc.property(answers, fc.integer({ min: 20, max: 1500 }), (texts, most) => {
      const evidence = evidenceOf(texts);
      const fitting = fittingAnswers(evidence, most);
      const size = (some: readonly Evidence[]) =>
        some.reduce(
          (sum, { answer }) => sum + (answer.ok ? Buffer.byteLength(JSON.stringify(answer.value)) : 0),
          0,
        );
      const kept = fitting.filter(({ answer }) => answer.ok);
      const left = evidence.filter(({ probe }) => !kept.some((one) => one.probe === probe));
      expect(fitting.map(({ probe }) => probe)).toEqual(evidence.map(({ probe }) => probe));
      expect(size(kept)).toBeLessThanOrEqual(most);
      for (const { answer } of fitting) if (!answer.ok) expect(answer.problem).toBe('truncated');
      // the last that was left out would not have fitted
      const last = left.toSorted((a, b) => size([a]) - size([b]))[0];
      if (last !== undefined) expect(size([...kept, last])).toBeGreaterThan(most);
    }),
  );
});
