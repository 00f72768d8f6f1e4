import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { multitoolErrors, multitoolFolder, multitoolIsMissing } from './multitool.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed, reportNames } from './reports.ts';

const schema = join(multitoolFolder, 'sarif-2.1.0.json');

const name = `the SARIF multitool${multitoolIsMissing ? ` (skipped: ${multitoolIsMissing})` : ''}`;

describe.skipIf(multitoolIsMissing !== null)(name, { timeout: 120_000 }, () => {
  test.each(reportNames)('finds no error in report %s', (name) => {
    const options = { ...plainOptions, all: true, category: 'demo' };
    expect(multitoolErrors(rendered('sarif', reportNamed(name), options))).toEqual([]);
  });

  test('finds errors where there are some', () => {
    const log = rendered('sarif', reportNamed('incident'), plainOptions).replaceAll(
      '"locations"',
      '"places"',
    );
    expect(multitoolErrors(log).join('\n')).toContain('GH1015');
  });

  test.skipIf(!existsSync(schema))('carries the schema that we test with', () => {
    const ours = readFileSync(new URL('sarif-2.1.0.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(ours)).toEqual(JSON.parse(readFileSync(schema, 'utf8')));
  });
});
