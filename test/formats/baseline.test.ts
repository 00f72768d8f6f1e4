/** Each format for people tells what is new since the baseline, and what is known. */
import { expect, it } from 'vitest';
import { withBaseline } from '../../src/compare/baseline.ts';
import { asEarlier } from '../../src/compare/report-diff.ts';
import type { Report } from '../../src/model.ts';
import { report } from '../compare/report.ts';
import { rendered } from './rendered.ts';

const known = Array.from({ length: 30 }, (_, i) => ({ host: `k${i}`, message: `m ${i} ${'x'.repeat(i)}` }));
const NEW = { host: 'n1', severity: 'warning' as const };
const held: Report = withBaseline(
  report([...known, NEW]),
  asEarlier(report([...known, { host: 'gone' }])),
  'main.json',
);

const SAYS: Record<string, RegExp[]> = {
  text: [
    /^Against main\.json: 1 new, 30 known, 0 gone, 1 not looked at\.$/m,
    /^ {2}n1\/init .* {2}new$/m,
    /^In the baseline, and not looked at\n {2}TW003 on gone\/init$/m,
  ],
  markdown: [
    /^## twlint: .* \(1 new\)$/m,
    /Against main\.json: 1 new, 30 known/,
    /^\*\*n1\/init\*\* \(new\): m$/m,
  ],
  html: [
    /Against main\.json: 1 new, 30 known, 0 gone, 1 not looked at/,
    /<h3>n1\/init .*<span class="tag">New<\/span>/,
    /In the baseline, and not looked at<\/h2>\s*<ul><li>TW003 on gone\/init<\/li>/,
  ],
  csv: [/"n1",.*,"new",""\r$/m, /"k1",.*,"known",""\r$/m],
  // ten of a kind are shown: what is new has to be among them, and is the first
  github: [/^::warning [^\n]*::new on n1\/init: m\n/],
  junit: [
    /<testcase classname="n1\.init"[^>]*><failure /,
    /<testcase classname="k1\.init"[^>]*><skipped message="Known in the baseline: /,
  ],
  sarif: [/"baselineState": ?"new"/, /"baselineState": ?"unchanged"/],
};

it.each(Object.entries(SAYS))('%s', (format, patterns) => {
  const text = rendered(format, held);
  for (const pattern of patterns) expect(text).toMatch(pattern);
});
