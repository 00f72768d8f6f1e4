import { expect, test } from 'vitest';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed, reportNames } from './reports.ts';

test.each(reportNames)('JSON of report %s is the report', (name) => {
  expect(JSON.parse(rendered('json', reportNamed(name), plainOptions))).toEqual(reportNamed(name));
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
