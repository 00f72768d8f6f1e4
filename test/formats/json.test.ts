import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonReport } from '../../src/formats/json.ts';
import { reportSchema } from '../../src/formats/report-schema.ts';
import { reportIn } from '../json-report.ts';
import { twlint } from '../twlint.ts';
import { hostileReport } from './arbitrary-report.ts';
import { manyFindings, withoutSudo } from './many-findings.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed, reportNames } from './reports.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
  reportSchema(),
);

test.each(reportNames)('JSON of report %s has each check once', (name) => {
  const report = reportNamed(name);
  const {
    version,
    totals,
    findings,
    undecided,
    checks = [],
    ...about
  } = JSON.parse(rendered('json', report, { ...plainOptions, all: true })) as JsonReport;
  expect({ ...about, findings: report.findings }).toEqual(report);
  expect(findings).toEqual(report.findings.filter(({ verdict }) => verdict === 'fail'));
  expect(undecided).toEqual(report.findings.filter(({ verdict }) => verdict === 'unknown'));
  expect(checks.map(({ fingerprint }) => fingerprint).sort()).toEqual(
    report.findings
      .filter(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')
      .map(({ fingerprint }) => fingerprint)
      .sort(),
  );
  const { hosts, hostsSeen, gaps, ...sums } = totals;
  expect(Object.values(sums).reduce((a, b) => a + b, 0)).toBe(report.findings.length);
  expect([hosts, gaps]).toEqual([report.hosts.length, report.gaps.length]);
});

test('JSON tells what passed only where all is asked for, and how much it is in any case', () => {
  const shown = JSON.parse(rendered('json', reportNamed('clean'), plainOptions)) as JsonReport;
  expect(shown.checks).toBeUndefined();
  expect(shown.totals).toMatchObject({ passed: 12, notApplicable: 3, errors: 0 });
});

test('a report is as its schema says, whatever it says', () => {
  const valid = (text: string) => {
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  };
  for (const name of reportNames) valid(rendered('json', reportNamed(name), { ...plainOptions, all: true }));
  valid(rendered('json', withoutSudo(manyFindings(2, 20), 1)));
  fc.assert(
    fc.property(hostileReport, fc.boolean(), (report, all) =>
      valid(rendered('json', report, { ...plainOptions, all })),
    ),
    { numRuns: 100 },
  );
});

test('the report of a run is as its schema says: a collector knows more of a line than it promises', async () => {
  const demo = join(import.meta.dirname, '../../inventories/demo');
  const { stdout } = await twlint('/', ['audit', '--from', demo, '--all', '--format', 'json']);
  const { findings } = reportIn(stdout);
  const [path] = findings.filter(({ rule, verdict }) => rule === 'TW001' && verdict === 'fail');
  expect(path?.evidence.length).toBeGreaterThan(0);
});

test('the schema knows nothing but what is in a report', () => {
  const report = JSON.parse(rendered('json', reportNamed('incident'))) as JsonReport;
  for (const wrong of [
    { ...report, more: 1 },
    { ...report, findings: report.findings.map((finding) => ({ ...finding, verdict: 'maybe' })) },
    { ...report, totals: {} },
    { ...report, hosts: [{}] },
  ])
    expect(validate(wrong)).toBe(false);
});

test('JSON does not depend on the order of keys', () => {
  const report = reportNamed('incident');
  const backwards = JSON.parse(JSON.stringify(report), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  );
  expect(Object.keys(backwards)).not.toEqual(Object.keys(report));
  expect(rendered('json', backwards, plainOptions)).toBe(rendered('json', report, plainOptions));
});
