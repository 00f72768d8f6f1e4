/** Formats that others read, as these read them: by their parser where one can be had, with names of hostile hosts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defects } from '../../src/evaluate/report-views.ts';
import { withoutLogCommands } from '../../src/formats/log-commands.ts';
import { reportedChecks } from '../../src/formats/states.ts';
import type { Report } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { hostileReport } from './arbitrary-report.ts';
import { FORBIDDEN_ON_SCREENS as forbidden } from './forbidden.ts';
import { actedOn } from './log-commands.ts';
import { manyFindings, withoutSudo } from './many-findings.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed, reportNames } from './reports.ts';

const all = { ...plainOptions, all: true };

/** Reports as they are, and some in which every text is as bad as it gets. */
const REPORTS: Report[] = [
  ...reportNames.map(reportNamed),
  withoutSudo(manyFindings(30, 10), 5),
  ...fc.sample(hostileReport, { numRuns: 40, seed: 7 }),
];

const runs = { numRuns: 100 };

describe.each(['markdown', 'junit', 'csv', 'gitlab', 'github'])('%s', (format) => {
  it('holds nothing that a screen would act upon, whatever a report says', () => {
    fc.assert(
      fc.property(hostileReport, fc.boolean(), (report, all) => {
        const text = rendered(format, report, { ...plainOptions, all });
        expect(text.replaceAll('\r\n', '\n')).not.toMatch(forbidden);
        if (format !== 'github') expect(actedOn(withoutLogCommands(text))).toEqual([]);
      }),
      runs,
    );
  });
});

describe('github, as actions/runner reads it (src/Runner.Common/ActionCommand.cs)', () => {
  const COMMAND = /^::(error|warning|notice) ((?:[a-zA-Z]+=[^:,]*,?)*)::(.*)$/;

  it('is annotations, ten of a kind at most, and no other command', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const lines = rendered('github', report).split('\n').slice(0, -1);
        for (const line of lines) {
          const [, , properties = '', data = ''] = COMMAND.exec(line) ?? [];
          expect(properties + data, line).toMatch(/^(?:[^%]|%25|%3A|%2C)+$/);
          // the whole line is one command, and its text is none
          expect(actedOn(`text ${line}`)).toEqual([]);
        }
        for (const kind of ['error', 'warning', 'notice'])
          expect(lines.filter((line) => line.startsWith(`::${kind} `)).length).toBeLessThanOrEqual(10);
      }),
      runs,
    );
  });

  it('tells how many there are that GitHub would not show', () => {
    const report = manyFindings(4, 20);
    const rules = report.rules.slice(0, 20).map((rule) => ({ ...rule, severity: 'error' as const }));
    const findings = report.findings.map((one) => ({ ...one, severity: 'error' as const }));
    const lines = rendered('github', { ...report, rules, findings })
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(
      /^::error file=inventories\/production\.yaml,line=4,col=7,title=\w+%3A [^:]*::web-\[01-04\]/,
    );
    expect(lines[9]).toBe(
      '::error title=twlint::11 more of this kind: they are in the other formats of this report',
    );
  });
});

describe('gitlab', () => {
  const validate = new Ajv({ strict: false }).compile(
    JSON.parse(readFileSync(join(import.meta.dirname, 'gitlab-code-quality.schema.json'), 'utf8')),
  );

  it.each(REPORTS.map((report, i) => [i, report] as const))('takes report %i whole', (_i, report) => {
    const issues = JSON.parse(rendered('gitlab', report)) as { fingerprint: string }[];
    expect(validate(issues), JSON.stringify(validate.errors)).toBe(true);
    expect(issues).toHaveLength(defects(report).length);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  });
});

describeWhere({ programs: ['python3'] }, "csv, as Python's parser reads it", () => {
  const READ = `
import csv, json, sys
print(json.dumps([list(csv.reader(open(name, newline="", encoding="utf-8"), strict=True)) for name in sys.argv[1:]]))`;

  it('has a row for each check, of as many cells, none of which a spreadsheet would run', () => {
    const folder = temporaryFolder('csv');
    const files = REPORTS.map((report, i) => {
      writeFileSync(join(folder, `${i}.csv`), rendered('csv', report, all));
      return join(folder, `${i}.csv`);
    });
    const tables = JSON.parse(
      execFileSync('python3', ['-c', READ, ...files], { encoding: 'utf8' }),
    ) as string[][][];
    for (const [i, rows] of tables.entries()) {
      expect(rows).toHaveLength(1 + reportedChecks(REPORTS[i]!, true).length);
      expect(rows.filter((row) => row.length !== rows[0]!.length)).toEqual([]);
      expect(rows.flat().filter((cell) => /^\s*[=+\-@]/.test(cell))).toEqual([]);
    }
  });
});

describeWhere({ programs: ['xmllint'] }, 'junit, as libxml2 reads it', () => {
  it('is of the form that Jenkins and GitLab take', () => {
    const folder = temporaryFolder('junit');
    const files = REPORTS.flatMap((report, i) =>
      [false, true].map((allowIncomplete) => {
        const file = join(folder, `${i}-${allowIncomplete}.xml`);
        writeFileSync(file, rendered('junit', report, { ...plainOptions, allowIncomplete }));
        return file;
      }),
    );
    const schema = join(import.meta.dirname, 'junit.rng');
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--relaxng', schema, ...files], {
      encoding: 'utf8',
    });
    expect(stderr.split('\n').filter((line) => line !== '' && !line.endsWith(' validates'))).toEqual([]);
    expect(status).toBe(0);
  });

  it.each(reportNames)('counts what is there: %s', (name) => {
    const text = rendered('junit', reportNamed(name));
    const [, tests, failures, errors, skipped] =
      /<testsuites name="twlint" tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)">/.exec(text)!;
    const count = (tag: string) => text.split(`<${tag} `).length - 1;
    expect([tests, failures, errors, skipped].map(Number)).toEqual(
      ['testcase', 'failure', 'error', 'skipped'].map(count),
    );
  });
});

describeWhere({ programs: ['cmark-gfm'] }, "markdown, as GitHub's parser reads it", () => {
  const shown = (markdown: string) =>
    execFileSync(
      'cmark-gfm',
      ['--unsafe', '-e', 'table', '-e', 'autolink', '-e', 'strikethrough', '-e', 'tagfilter'],
      { input: markdown, encoding: 'utf8' },
    );

  it('has no link, image, mention or tag but our own', () => {
    for (const report of REPORTS) {
      const text = rendered('markdown', report);
      const html = shown(text);
      const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
      expect([...tags].filter((tag) => !OUR_TAGS.has(tag!))).toEqual([]);
      // a mention or a reference is made of text that is no code
      const prose = html.replace(/<pre[\s\S]*?<\/pre>|<code>[\s\S]*?<\/code>/g, '').replace(/<[^>]*>/g, '');
      expect(prose).not.toMatch(/(?<![\w&;])@\w|(?<!&)#\d+\b/);
    }
  });

  it('unfolds a rule, with the evidence as code', () => {
    const html = shown(rendered('markdown', reportNamed('incident')));
    expect(html).toContain(
      '<summary>error TW002: tcp_tw_recycle drops SYNs of clients that share one source address</summary>',
    );
    expect(html).toMatch(/<code class="language-text">[^<]*iptables-save:31: -A POSTROUTING/);
    expect(html.match(/<details>/g)).toHaveLength(html.match(/<\/details>/g)!.length);
  });

  const OUR_TAGS = new Set(
    'h2 h3 p table thead tbody tr th td ul li strong code pre details summary'.split(' '),
  );
});

describe('markdown', () => {
  it('is no longer than GitHub takes, and tells what is left out', () => {
    const report = manyFindings(40, 20);
    const long = report.findings.map((one, i) => ({
      ...one,
      message: `${'x'.repeat(3000)} ${'y'.repeat(i % 40)}`,
    }));
    const evidence = Array.from({ length: 30 }, (_, line) => ({
      origin: '/proc/x',
      line,
      text: 'z'.repeat(900),
    }));
    const text = rendered('markdown', { ...report, findings: long.map((one) => ({ ...one, evidence })) });
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text).toMatch(/\n\d+ rules more: in `-o html` and `-o json` is all of it\.\n$/);
  });

  it('is made as fast whatever the words of a message are', () => {
    const report = manyFindings(300, 1);
    // a word without an end, which a pattern that tries all its beginnings would take minutes for
    const findings = report.findings.map((one, i) => ({ ...one, message: `${'x'.repeat(50_000)} ${i}` }));
    expect(rendered('markdown', { ...report, findings })).toContain(
      'the first; the others have values of their own',
    );
  });

  it('is bounded whatever a report says', () => {
    for (const report of REPORTS) expect(rendered('markdown', report).length).toBeLessThanOrEqual(65_536);
  });
});
