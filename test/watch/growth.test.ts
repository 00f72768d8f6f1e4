import { describe, expect, it } from 'vitest';
import { addTick, beginGrowth, type Growth, rateOf, seriesOf } from '../../src/watch/growth.ts';
import type { CounterReading } from '../../src/watch/samples.ts';

const readings = (values: Record<string, number | bigint>, kind: CounterReading['kind'] = 'counter') =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value: BigInt(value), kind }]));

function grow(...ticks: (number | bigint)[]) {
  const remarks: string[] = [];
  let growth: Growth = beginGrowth(readings({ X: ticks[0]! }));
  for (const [i, value] of ticks.slice(1).entries()) {
    const added = addTick(growth, readings({ X: value }), { at: (i + 1) * 1000, seconds: 1 });
    growth = added.growth;
    remarks.push(...added.remarks.map(({ what }) => what));
  }
  return { series: seriesOf(growth, 'X', 60), grown: growth.countings.get('X')!.grown, remarks, growth };
}

describe('the growth of a counter', () => {
  it.each([
    ['stands', [5, 5, 5], [0, 0], 0, []],
    ['grows', [5, 7, 17], [2, 10], 12, []],
    ['is restarted', [5000, 5010, 3, 4], [10, 0, 1], 11, ['restarted']],
    ['is restarted to 0', [100, 0, 9], [0, 9], 9, ['restarted']],
    ['wraps at 32 bits', [2 ** 32 - 6, 4], [10], 10, ['wrapped']],
    ['is a sum over CPUs of which one wraps', [2 ** 33 + 2 ** 32 - 6, 2 ** 33 + 4], [10], 10, ['wrapped']],
    ['falls from above 32 bits by more than a wrap', [2 ** 40, 2 ** 39], [0], 0, ['restarted']],
    ['falls from below 32 bits to little', [3_000_000_000, 5], [0], 0, ['restarted']],
    ['is larger than doubles are exact', [2n ** 62n, 2n ** 62n + 3n], [3], 3, []],
  ])('that %s', (_, ticks, series, grown, remarks) => {
    expect(grow(...ticks)).toMatchObject({ series, grown, remarks });
  });

  it('is per second of the time that has passed', () => {
    const begun = beginGrowth(readings({ X: 0 }));
    const { growth } = addTick(begun, readings({ X: 30 }), { at: 0, seconds: 4 });
    expect(rateOf(growth, 'X')).toBe(7.5);
  });

  it('begins where the counter is first seen', () => {
    const begun = beginGrowth(readings({ X: 0 }));
    const { growth, remarks } = addTick(begun, readings({ X: 0, Y: 900 }), { at: 0, seconds: 1 });
    expect(remarks).toEqual([{ counter: 'Y', what: 'appeared' }]);
    expect(rateOf(growth, 'Y')).toBe(0);
  });

  it('is never negative, whatever values come', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const ticks = Array.from({ length: 2000 }, () => Math.floor(random() * 2 ** (1 + random() * 45)));
    const { series, grown } = grow(...ticks);
    expect(Math.min(...series)).toBeGreaterThanOrEqual(0);
    expect(grown).toBeGreaterThanOrEqual(0);
  });

  it('of a gauge is the difference, and no rate', () => {
    const begun = beginGrowth(readings({ X: 10 }, 'gauge'));
    const { growth, remarks } = addTick(begun, readings({ X: 4 }, 'gauge'), { at: 0, seconds: 1 });
    expect([growth.countings.get('X')!.grown, rateOf(growth, 'X'), remarks]).toEqual([-6, 0, []]);
  });
});
