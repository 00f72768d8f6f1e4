import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withBaseline } from '../../src/compare/baseline.ts';
import { readReport } from '../../src/compare/earlier-report.ts';
import { asEarlier, compareReports } from '../../src/compare/report-diff.ts';
import { newDefects } from '../../src/evaluate/report-views.ts';
import { formats } from '../../src/formats/index.ts';
import type { Finding, Report } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';
import { report } from './report.ts';

const verdict = fc.constantFrom('fail', 'pass', 'unknown', 'not-applicable') as fc.Arbitrary<
  Finding['verdict']
>;
const findings = fc.uniqueArray(
  fc.record({ rule: fc.constantFrom('TW003', 'LS001', 'P001'), host: fc.constantFrom('a', 'b'), verdict }),
  { selector: ({ rule, host }) => `${rule} ${host}`, minLength: 1 },
);
const sides = fc.tuple(findings, findings);

/** All rules and hosts, so that what is missing in one is not for want of looking. */
const looked = (parts: readonly Partial<Finding>[]): Report => {
  const all = ['TW003', 'LS001', 'P001'].flatMap((rule) => ['a', 'b'].map((host) => ({ rule, host })));
  const given = report(parts);
  const { hosts, rules } = report(all);
  return { ...given, hosts, rules };
};

const minus = (a: Set<string>, b: Set<string>) => new Set([...a].filter((one) => !b.has(one)));

describe('a baseline', () => {
  it('knows all defects of its own report, and none is gone', () => {
    fc.assert(
      fc.property(findings, (parts) => {
        const one = report(parts);
        const held = withBaseline(one, asEarlier(one), 'b.json');
        expect([newDefects(held), held.baseline?.gone, held.baseline?.unseen]).toEqual([[], [], []]);
      }),
    );
  });

  it('parts the defects of two runs into new, known, gone and not known', () => {
    fc.assert(
      fc.property(sides, ([before, after]) => {
        const held = withBaseline(looked(after), asEarlier(looked(before)), 'b.json');
        const failing = (parts: typeof before) =>
          new Set(
            parts.filter((part) => part.verdict === 'fail').map(({ rule, host }) => `${rule} ${host} init`),
          );
        const [then, now] = [failing(before), failing(after)];
        const undecided = new Set(
          after.filter((part) => part.verdict === 'unknown').map(({ rule, host }) => `${rule} ${host} init`),
        );
        const prints = (list: { fingerprint: string }[] = []) =>
          new Set(list.map(({ fingerprint }) => fingerprint));
        expect(prints(newDefects(held))).toEqual(minus(now, then));
        const lost = minus(then, now);
        expect(prints(held.baseline?.unseen)).toEqual(minus(lost, minus(lost, undecided)));
        expect(prints(held.baseline?.gone)).toEqual(minus(lost, undecided));
      }),
    );
  });

  it('takes no defect for gone on a host that was not reached, or by a rule that was not tried', () => {
    const before = asEarlier(report([{ host: 'a' }, { host: 'b' }, { rule: 'P001', host: 'b' }]));
    const after = looked([]);
    const lost = {
      ...after,
      hosts: after.hosts.map((host) =>
        host.name === 'a'
          ? { ...host, reached: { ok: false as const, problem: 'unreachable' as const, reason: 'x' } }
          : host,
      ),
    };
    const names = (list: { rule: string; host: string }[]) => list.map(({ rule, host }) => `${rule} ${host}`);
    const diff = compareReports(before, lost);
    // a path leads over other hosts
    expect([names(diff.gone), names(diff.unseen)]).toEqual([['TW003 b'], ['TW003 a', 'P001 b']]);
    const fewer = { ...after, rules: after.rules.filter(({ id }) => id !== 'TW003') };
    expect(names(compareReports(before, fewer).unseen)).toEqual(['TW003 a', 'TW003 b']);
  });

  it.each(['json', 'sarif'])('is read from a report as %s', async (format) => {
    const folder = temporaryFolder('baseline');
    mkdirSync(folder, { recursive: true });
    const one = report([{ rule: 'LS001', host: 'b', severity: 'error', message: 'full' }, { host: 'a' }]);
    const path = join(folder, 'report');
    writeFileSync(
      path,
      [...(formats[format]?.(one, { color: false, all: false, category: null }) ?? [])].join(''),
    );
    const { earlier } = readReport(path, 'report');
    expect(earlier.findings.map(({ evidence: _, ...finding }: Partial<Finding>) => finding)).toEqual(
      asEarlier(one).findings,
    );
    expect(earlier.rules).toEqual(['LS001', 'TW003']);
  });

  it.each(['json', 'sarif'])('knows from %s what another finding explained', (format) => {
    const path = join(temporaryFolder('explained'), 'report');
    const one = report([{ host: 'a' }, { host: 'b', foldedInto: 'TW003 a init' }]);
    const options = { color: false, all: false, category: null };
    writeFileSync(path, [...(formats[format]?.(one, options) ?? [])].join(''));
    const apart = report([{ host: 'a' }, { host: 'b' }, { host: 'c' }]);
    const held = withBaseline(apart, readReport(path, 'report').earlier, 'b.json');
    expect(newDefects(held).map(({ host }) => host)).toEqual(['c']);
  });

  it('knows nothing whose waiver is over', () => {
    const expired = {
      ...{ rule: 'TW003', hosts: 'a', namespace: null, path: null, undecided: false },
      ...{ reason: 'r', owner: 'o', until: '2001-01-31', source: { file: 'x', line: 1, column: 1 } },
    };
    const held = withBaseline(
      report([{ host: 'a', expired }, { host: 'b' }]),
      asEarlier(report([{ host: 'a' }, { host: 'b' }])),
      'b.json',
    );
    expect(newDefects(held).map(({ host }) => host)).toEqual(['a']);
  });

  it('is not read from a report of another version', () => {
    const path = join(temporaryFolder('version'), 'report');
    const pieces = formats.json?.(report([]), { color: false, all: false, category: null }) ?? [];
    writeFileSync(path, [...pieces].join('').replace(/"version": 1\b/, '"version": 2'));
    expect(() => readReport(path, 'report')).toThrow('report: a report of version 2; this twlint reads 1');
  });

  it.each(['json', 'sarif'])('does not know from %s what a waiver accepted', (format) => {
    const path = join(temporaryFolder('waived'), 'report');
    const waiver = {
      ...{ rule: 'TW003', hosts: 'a', namespace: null, path: null, undecided: false },
      ...{ reason: 'r', owner: 'o', until: '2999-01-31', source: { file: 'x', line: 1, column: 1 } },
    };
    const one = report([{ host: 'a', waiver }, { host: 'b' }]);
    const options = { color: false, all: false, category: null, suppressed: true };
    writeFileSync(path, [...(formats[format]?.(one, options) ?? [])].join(''));
    expect(readReport(path, 'report').earlier.findings.map(({ host }) => host)).toEqual(['b']);
  });
});
