import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import { beginWindows } from '../../src/evaluate/windows.ts';
import type { Evidence } from '../../src/model.ts';
import { demo, firstSample } from '../demo-samples.ts';

const rules = loadRules([], { builtin: true, cwd: '/' });

const isSampled = ({ probe }: Evidence) => /^(?:counters|conntrack)\./.test(probe);

/** What both samples say; `now` 0: nothing has moved. */
const windowOf = (now: 0 | 1) =>
  new Map(
    demo.hosts.map(({ host, evidence }): [string, Evidence[]] => {
      const of = (sample: 0 | 1) => evidence.filter((one) => isSampled(one) && one.sample === sample);
      return [host.name, [...of(0), ...of(now).map((one) => ({ ...one, sample: 1 as const }))]];
    }),
  );

describe('rules about growth, in the windows of the old incident', () => {
  const trial = beginWindows(firstSample.hosts, rules, collectors);
  const found = (now: 0 | 1) =>
    trial.tryOn(windowOf(now)).map(({ rule, host, namespace, path }) => ({
      rule,
      where: `${host}/${namespace}`,
      path: path?.name,
    }));

  it('name it with its path, once', () => {
    expect(found(1)).toEqual([
      {
        rule: 'TW001',
        where: 's2/rmt50-master',
        path: 'ipvs tcp 192.168.128.5:5432 → 10.244.3.27:5432 (s2)',
      },
    ]);
  });

  it('say nothing where nothing moves', () => {
    expect(found(0)).toEqual([]);
  });

  it('say nothing of hosts that were not sampled', () => {
    expect(trial.tryOn(new Map())).toEqual([]);
  });
});
