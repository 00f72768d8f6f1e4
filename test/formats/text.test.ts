import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { FormatOptions } from '../../src/formats/index.ts';
import { columns, wrap } from '../../src/formats/text/page.ts';
import type { Report } from '../../src/model.ts';
import { manyFindings, withoutSudo } from './many-findings.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed, reportNames } from './reports.ts';

const incident = reportNamed('incident');
const clean = reportNamed('clean');
const blocksOf = (report: Report): string[] => rendered('text', report, plainOptions).trimEnd().split('\n\n');
/** What came of it: the end of the first block that is no warning. */
const outcomeOf = (report: Report): string =>
  blocksOf(report)
    .find((block) => !block.startsWith('Interrupted'))!
    .split('\n')
    .at(-1)!;

describe.each(reportNames)('text of report %s', (name) => {
  const report = reportNamed(name);

  test.each([40, 80, 120])('fits into %i columns, but for what a person copies', (width) => {
    const lines = rendered('text', report, { ...plainOptions, width }).split('\n');
    const copied = /^ {11,}|https?:|\w\.yaml:\d+$/;
    expect(lines.filter((line) => columns(line) > width && !copied.test(line))).toEqual([]);
  });

  test('is the same words with colour', () => {
    const painted = rendered('text', report, { ...plainOptions, color: true });
    expect(stripVTControlCharacters(painted)).toBe(rendered('text', report, plainOptions));
    expect(painted).toContain('\x1b[');
  });

  test('names every host that could not be looked at', () => {
    const shown = rendered('text', report, { ...plainOptions, details: true });
    for (const host of report.hosts.filter(({ reached }) => !reached.ok))
      expect(shown).toContain(`  ${host.name}  `);
  });
});

describe('what text says first', () => {
  const nothing: Report = { ...clean, hosts: [], findings: [] };

  test.each<[string, Report, string]>([
    ['a clean run', clean, 'No findings: 12 checks passed, 3 did not apply.'],
    ['no hosts', nothing, 'Nothing was checked: there are no hosts.'],
    ['no rules', { ...clean, rules: [], findings: [] }, 'Nothing was checked: there are no rules.'],
    [
      'rules that do not apply',
      { ...clean, findings: clean.findings.filter(({ verdict }) => verdict === 'not-applicable') },
      'Nothing was checked: no rule applies to these hosts.',
    ],
    ['no host reached', reportNamed('dark'), 'Nothing was checked.'],
    ['findings and gaps', incident, '4 errors, 2 warnings, 1 note'],
  ])('of %s', (_name, report, words) => expect(outcomeOf(report)).toBe(words));

  test('before it, of what is missing', () => {
    expect(rendered('text', incident, plainOptions)).toContain(
      '\nNot seen: 1 host, 2 facts. Undecided: 2 checks.\n4 errors',
    );
  });

  test('of a host that only says so of itself', () => {
    const hosts = clean.hosts.map((host, i) =>
      i > 0
        ? host
        : { ...host, reached: { ok: false as const, problem: 'timeout' as const, reason: 'too slow' } },
    );
    const shown = rendered('text', { ...clean, hosts }, plainOptions);
    expect(shown).toMatch(/\n {2}web1 {2}.*:\d+\n {4}timeout: too slow\n/);
    expect(shown).toContain('\nNot seen: 1 host.\nNo findings in what was seen: 12');
  });

  test('it says last, too, where the first is out of sight', () => {
    expect(blocksOf(incident).at(-1)).toMatch(/\n4 errors, 2 warnings, 1 note$/);
    const interrupted = blocksOf({ ...incident, interrupted: true });
    expect(interrupted[0]).toMatch(/^Interrupted:/);
    expect(interrupted.at(-2)).toMatch(/\n4 errors, 2 warnings, 1 note$/);
    expect(interrupted.at(-1)).toMatch(/^Interrupted:/);
  });

  test('of an interrupted run', () => {
    expect(blocksOf(reportNamed('interrupted'))[0]).toMatch(/^Interrupted:/);
    expect(rendered('text', { ...clean, interrupted: true }, plainOptions)).toContain(
      'No findings in what was seen: 12',
    );
  });

  test('of nothing wrong, only there in green', () => {
    const green = '\x1b[1;32m';
    expect(rendered('text', clean, { ...plainOptions, color: true })).toContain(`${green}No findings`);
    for (const report of [nothing, reportNamed('dark'), reportNamed('interrupted')]) {
      expect(rendered('text', report, { ...plainOptions, color: true })).not.toContain(green);
    }
  });
});

describe('findings', () => {
  test('are in order of severity whatever their order in the report', () => {
    const heads = (report: Report): string[] =>
      rendered('text', report, plainOptions).match(/^\w+\[\w+\]/gm) ?? [];
    const expected = ['error[TW002]', 'error[TW004]', 'error[TW020]', 'warning[TW003]', 'note[TW021]'];
    expect(heads(incident)).toEqual(expected);
    const backwards = heads({ ...incident, findings: incident.findings.toReversed() });
    expect(backwards.map((head) => head.replace(/\[.*/, ''))).toEqual([
      'error',
      'error',
      'error',
      'warning',
      'note',
    ]);
  });

  test('of an equally wrong fleet are told in one go', () => {
    const shown = rendered('text', reportNamed('fleet'), plainOptions);
    expect(shown.match(/net\.ipv4\.tcp_tw_recycle = 1$/gm)).toHaveLength(2); // message and evidence
    expect(shown).toContain('... and 3 more lines in --format json');
    expect(shown).toContain('\n  9 subjects: shard-[01-09].example.net\n');
  });

  test('of a fleet with details are told with the place of each', () => {
    const shown = rendered('text', reportNamed('fleet'), { ...plainOptions, details: true });
    expect(shown.match(/^ {2}shard-0\d\.example\.net {2}inventories\/shards\.yaml:\d+$/gm)).toHaveLength(9);
  });
});

describe('a fleet with much amiss', () => {
  const fleet = manyFindings(50, 10);
  const linesOf = (report: Report, options: Partial<FormatOptions> = {}) =>
    rendered('text', report, { ...plainOptions, ...options })
      .trimEnd()
      .split('\n');

  test('is told in 120 lines, and what could not be looked at, too', () => {
    expect(linesOf(fleet).length).toBeLessThan(120);
    expect(linesOf(withoutSudo(fleet, 20)).length).toBeLessThan(120);
  });

  test.each([0, 20])('begins with a summary that fits a screen (%i hosts without sudo)', (hosts) => {
    const lines = linesOf(withoutSudo(fleet, hosts));
    const screen = lines.slice(
      0,
      lines.findIndex((line) => /^error\[/.test(line)),
    );
    expect(screen.length).toBeLessThanOrEqual(24);
    expect(screen).toContain('  error    CT001  50 hosts  The conntrack table is full, or about to be');
    expect(screen.some((line) => /without root: sudo: .*, 400 checks$/.test(line))).toBe(hosts > 0);
  });

  test('is told finding by finding with details', () => {
    const lines = linesOf(fleet, { details: true });
    expect(lines.filter((line) => /^ {2}web-\d\d\.example\.net/.test(line))).toHaveLength(500);
    expect(lines.filter((line) => /^ {2}why /.test(line))).toHaveLength(10);
  });

  test('is told in one line of what could not be looked at, where that is allowed', () => {
    const shown = linesOf(withoutSudo(fleet, 20), { allowIncomplete: true }).join('\n');
    expect(shown).toContain('Not seen: 60 facts. Undecided: 400 checks.');
    expect(shown).not.toMatch(/Could not be looked at|without root/);
  });

  test('loses no rule that says many different things', () => {
    const findings = fleet.findings.map((finding, i) => ({
      ...finding,
      message: `${'word '.repeat(i % 7)}is wrong`,
    }));
    const shown = linesOf({ ...fleet, findings }).join('\n');
    expect(shown).toMatch(/\n {2}and 28 findings more: web-/);
  });
});

describe('wrap', () => {
  test.each<[string, string, number, string[]]>([
    ['short text', 'a b', 10, ['a b']],
    ['nothing', '', 10, ['']],
    ['at spaces', 'aaa bbb ccc', 7, ['aaa bbb', 'ccc']],
    ['in long words', 'aa bbbbbbbb c', 4, ['aa', 'bbbb', 'bbbb', 'c']],
    ['wide characters', '中文说明', 5, ['中文', '说明']],
    ['without spaces at the ends of lines', 'aaa  bbb', 4, ['aaa', 'bbb']],
  ])('%s', (_name, words, width, lines) => expect(wrap(words, width)).toEqual(lines));
});
