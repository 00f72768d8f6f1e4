import type { Format } from './format.ts';

/** The report itself. Keys are sorted, so that two reports can be compared as text. */
export const json: Format = (report) => `${JSON.stringify(report, sortedKeys, 2)}\n`;

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
