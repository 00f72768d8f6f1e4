import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lintForCodeScanning } from './ghas-linter.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed } from './reports.ts';

// Each file is one thing that code scanning refuses, done to a good log. Without `set`, the member is taken away.
interface Violation {
  at: string;
  set?: unknown;
  expect: string;
}

const folder = new URL('violations/', import.meta.url);
const goodLog = (): unknown =>
  JSON.parse(rendered('sarif', reportNamed('incident'), { ...plainOptions, category: 'demo' }));

describe('the linter of code scanning', () => {
  test('has nothing against a good log', () => expect(lintForCodeScanning(goodLog())).toEqual([]));

  test.each(readdirSync(folder).sort())('objects to %s', (file) => {
    const violation = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Violation;
    const log = goodLog();
    change(log, violation);
    expect(lintForCodeScanning(log).join('\n')).toContain(violation.expect);
  });

  test('objects to results with one fingerprint', () => {
    const log = goodLog();
    const print = { primaryLocationLineHash: 'aa:1' };
    change(log, { at: '/runs/0/results/0/partialFingerprints', set: print, expect: '' });
    change(log, { at: '/runs/0/results/1/partialFingerprints', set: print, expect: '' });
    expect(lintForCodeScanning(log)).toEqual([
      '/runs/0/results/1/partialFingerprints/primaryLocationLineHash is there twice',
    ]);
  });

  test('objects to two runs, and to too many results', () => {
    const log = goodLog() as { runs: [{ results: unknown[] }] };
    const many = Array.from({ length: 25_001 }, () => log.runs[0].results[0]);
    expect(lintForCodeScanning({ ...log, runs: [log.runs[0], log.runs[0]] })).toEqual([
      '/runs must hold exactly one run',
    ]);
    expect(lintForCodeScanning({ ...log, runs: [{ ...log.runs[0], results: many }] })).toContain(
      '/runs/0/results has more than 25000 results',
    );
  });

  test.each([null, 0, '', [], {}, { runs: [null] }, { runs: [{ results: [1, null] }] }])(
    'survives %j',
    (log) => {
      expect(lintForCodeScanning(log)).not.toEqual([]);
    },
  );
});

function change(log: unknown, violation: Violation): void {
  const steps = violation.at.split('/').slice(1);
  const last = steps.pop()!;
  const parent = steps.reduce(
    (value, step) => value[step] as Record<string, unknown>,
    log as Record<string, unknown>,
  );
  expect(parent, violation.at).toBeTypeOf('object');
  if ('set' in violation) parent[last] = violation.set;
  else delete parent[last];
}
