import { describe, expect, test } from 'vitest';
import { lintForCodeScanning } from './ghas-linter.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportFile, reportNamed, reportNames } from './reports.ts';
import { schemaErrors } from './sarif-schema.ts';

// Add a case: make reports/NAME/report.json and run `npx vitest run test/formats -u`.
const renderings = [
  { file: '80.txt', format: 'text', options: plainOptions },
  { file: '120-all.txt', format: 'text', options: { ...plainOptions, width: 120, all: true } },
  { file: 'json.txt', format: 'json', options: plainOptions },
  { file: 'failures.sarif', format: 'sarif', options: plainOptions },
  { file: 'all.sarif', format: 'sarif', options: { ...plainOptions, all: true, category: 'twlint/demo' } },
];

describe.each(reportNames)('report %s', (name) => {
  const report = reportNamed(name);

  test.each(renderings)('$file', async ({ file, format, options }) => {
    await expect(rendered(format, report, options)).toMatchFileSnapshot(reportFile(name, file));
  });

  test.each(renderings)('$file is the same whenever it is made', ({ format, options }) => {
    expect(rendered(format, structuredClone(report), options)).toBe(rendered(format, report, options));
  });

  test.each([false, true])('SARIF that the schema and code scanning take (all: %s)', (all) => {
    const log: unknown = JSON.parse(rendered('sarif', report, { ...plainOptions, all }));
    expect(schemaErrors(log)).toEqual([]);
    expect(lintForCodeScanning(log, { all })).toEqual([]);
  });
});
