import type { Log, Run } from 'sarif';
import { describe, expect, test } from 'vitest';
import type { FormatOptions } from '../../src/formats/index.ts';
import type { Finding, Report } from '../../src/model.ts';
import { lintForCodeScanning } from './ghas-linter.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed } from './reports.ts';

const incident = reportNamed('incident');
const logOf = (report: Report, options: Partial<FormatOptions> = {}): Log =>
  JSON.parse(rendered('sarif', report, { ...plainOptions, ...options })) as Log;
const runOf = (report: Report, options: Partial<FormatOptions> = {}): Run => logOf(report, options).runs[0]!;
const notes = (run: Run) => run.invocations![0]!.toolExecutionNotifications!;

describe('results', () => {
  test('are the failures, each with its rule', () => {
    const { results, tool } = runOf(incident);
    expect(results).toHaveLength(7);
    expect(tool.driver.rules!.map(({ id }) => id)).toEqual(['TW002', 'TW003', 'TW004', 'TW020', 'TW021']);
    for (const { kind, ruleId, ruleIndex } of results!) {
      expect(kind).toBe('fail');
      expect(tool.driver.rules![ruleIndex!]!.id).toBe(ruleId);
    }
  });

  test('are all verdicts where all are wanted, and failures first', () => {
    const kinds = runOf(incident, { all: true }).results!.map(({ kind, level }) => `${kind} ${level}`);
    expect(kinds).toHaveLength(incident.findings.length);
    expect(kinds.slice(0, 7).every((kind) => kind.startsWith('fail '))).toBe(true);
    expect(new Set(kinds.slice(7))).toEqual(new Set(['pass none', 'open none', 'notApplicable none']));
  });

  test('are there, and empty, when nothing is wrong: this closes alerts', () => {
    expect(runOf(reportNamed('clean')).results).toEqual([]);
  });

  test('stand at the name of the host in the inventory', () => {
    const [location] = runOf(incident).results![0]!.locations!;
    expect(location).toEqual({
      physicalLocation: {
        artifactLocation: { uri: 'inventories/demo.yaml' },
        region: { startLine: 14, startColumn: 9, endLine: 14, endColumn: 11 },
      },
      logicalLocations: [{ name: 'init', fullyQualifiedName: 's2/init', kind: 'namespace' }],
    });
  });

  test.each<[string, string, string, string]>([
    ['an inventory in the repository', 'fleet/hosts.yaml', '/rules/x.yaml', 'fleet/hosts.yaml'],
    [
      'an inventory with odd characters',
      './a b/100%/c:d#e?.yaml',
      'r.yaml',
      'a%20b/100%25/c%3Ad%23e%3F.yaml',
    ],
    ['an inventory outside', '/etc/ansible/hosts.yaml', 'our/rules/x.yaml', 'our/rules/x.yaml'],
    ['an inventory above', '../hosts.yaml', 'our/rules/x.yaml', 'our/rules/x.yaml'],
    ['inventory and rule outside', '/etc/hosts.yaml', '../x.yaml', 'rules/timewait/tw-recycle-with-nat.yaml'],
    ['no file at all', '', '', 'rules/timewait/tw-recycle-with-nat.yaml'],
  ])('stand in a file of the repository: %s', (_name, inventory, rule, uri) => {
    const report: Report = {
      ...incident,
      hosts: incident.hosts.map((host) => ({ ...host, source: { ...host.source, file: inventory } })),
      rules: incident.rules.map((info) => ({ ...info, source: { ...info.source, file: rule } })),
    };
    const log = logOf(report);
    expect(log.runs[0]!.results![0]!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe(uri);
    expect(lintForCodeScanning(log)).toEqual([]);
  });

  test('tell the evidence in the message and as related locations', () => {
    const { message, relatedLocations } = runOf(incident).results![0]!;
    const line = 'iptables-save:31: -A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE';
    expect(message.text).toContain(`\n${line}`);
    expect(message.markdown).toContain(`\n${line}\n`);
    expect(relatedLocations!.map((location) => location.message!.text)).toContain(line);
  });

  test.each([
    ['TW002', 'rules/timewait/tw-recycle-with-nat.yaml', false],
    ['ORG-1', 'rules/timewait/tw-recycle-with-nat.yaml', true],
    ['TW002', 'ours/tw-recycle-with-nat.yaml', true],
  ])('tell the place of a rule where the reader has its file: %s in %s', (id, file, isThere) => {
    const rules = incident.rules.map((rule) =>
      rule.id === 'TW002' ? { ...rule, id, source: { ...rule.source, file } } : rule,
    );
    const findings = incident.findings.map((one) => (one.rule === 'TW002' ? { ...one, rule: id } : one));
    const related = runOf({ ...incident, rules, findings }).results!.flatMap((one) => one.relatedLocations!);
    const texts = related.map(({ message }) => message!.text);
    expect(texts.includes(`rule ${id}`)).toBe(isThere);
  });

  test.each([
    ['a line of a file of it', 'ticket/s2/sysctl-a.txt', 565, 'ticket/s2/sysctl-a.txt', 565],
    ['a command', 'iptables-save', 31, 'ticket/s2/uname.txt', 1],
    ['a whole file', 'ticket/s2/sysctl-a.txt', 0, 'ticket/s2/uname.txt', 1],
    ['a folder beside it', 'ticket/s20/sysctl-a.txt', 5, 'ticket/s2/uname.txt', 1],
  ])('of a folder of outputs stand at a file: evidence is %s', (_what, origin, line, uri, startLine) => {
    const [finding] = incident.findings.filter(({ verdict }) => verdict === 'fail') as [Finding];
    const [host] = incident.hosts.filter(({ name }) => name === finding.host) as [Report['hosts'][number]];
    const files = [{ path: 'ticket/s2/uname.txt', takenFor: ['uname -a'], leftOut: [] }];
    const medium = { kind: 'archive' as const, path: 'ticket/s2', takenAt: null, files };
    const source = { file: 'ticket/s2', line: 1, column: 1 };
    const findings = [{ ...finding, evidence: [{ origin, line, text: 'net.ipv4.tcp_tw_recycle = 1' }] }];
    const log = logOf({ ...incident, hosts: [{ ...host, source, medium }], findings, gaps: [] });
    const [result] = log.runs[0]!.results!;
    const place = result!.locations![0]!.physicalLocation!;
    expect([place.artifactLocation!.uri, place.region!.startLine]).toEqual([uri, startLine]);
    expect(result!.fixes).toBeUndefined();
    expect(lintForCodeScanning(log)).toEqual([]);
  });

  test('keep their fingerprints when words, evidence, places and times change', () => {
    const prints = (report: Report) => runOf(report).results!.map((result) => result.partialFingerprints);
    const worst = incident.findings.find(({ verdict }) => verdict === 'fail')!;
    const later: Report = {
      ...incident,
      startedAt: '2030-01-01T00:00:00.000Z',
      hosts: incident.hosts.map((host) => ({ ...host, source: { file: 'moved.yaml', line: 1, column: 1 } })),
      findings: incident.findings.map((finding) => ({ ...finding, message: 'other words', evidence: [] })),
    };
    expect(prints(later)).toEqual(prints(incident));
    expect(prints(incident)[0]!.primaryLocationLineHash).toBe(`${worst.fingerprint}:1`);
    expect(new Set(prints(incident).map((print) => print!['twlintFinding/v1'])).size).toBe(7);
  });
});

test('more results than code scanning takes are cut, the mildest first, and it is told', () => {
  const finding = (verdict: Finding['verdict'], severity: Finding['severity'], i: number): Finding => ({
    ...incident.findings[0]!,
    verdict,
    severity,
    evidence: [],
    fingerprint: i.toString(16).padStart(16, '0'),
  });
  const notes24k = Array.from({ length: 24_990 }, (_, i) => finding('fail', 'note', i));
  const errors = Array.from({ length: 20 }, (_, i) => finding('fail', 'error', 30_000 + i));
  const log = logOf(
    { ...incident, findings: [...notes24k, finding('pass', 'error', 0), ...errors] },
    { all: true },
  );
  const { results } = log.runs[0]!;
  expect(results).toHaveLength(25_000);
  expect(results!.filter(({ level }) => level === 'error')).toHaveLength(20);
  expect(notes(log.runs[0]!)[0]).toMatchObject({
    descriptor: { id: 'results-cut' },
    message: { text: '11 results were left out, the mildest ones.' },
  });
  expect(lintForCodeScanning(log)).toEqual([]);
});

test.each([
  [10, 20],
  [4_000, 5],
  [20_000, 3],
])('of %i results each tells %i lines of evidence and how many more there are', (results, shown) => {
  const evidence = Array.from({ length: 30 }, (_, i) => ({ origin: 'nft', line: i + 1, text: 'masquerade' }));
  const findings = Array.from({ length: results }, () => ({
    ...incident.findings[0]!,
    verdict: 'fail' as const,
    evidence,
  }));
  const { text } = runOf({ ...incident, findings }).results!.at(-1)!.message;
  expect(text!.split('\n').slice(1)).toHaveLength(shown + 1);
  expect(text).toMatch(new RegExp(`\\.\\.\\. and ${30 - shown} more$`));
});

describe('the run', () => {
  test.each<[string | null, string | undefined]>([
    [null, undefined],
    ['', undefined],
    ['/', undefined],
    ['twlint', 'twlint/'],
    ['twlint/golden', 'twlint/golden/'],
    ['twlint/golden/', 'twlint/golden/'],
  ])('of category %j has the id %j', (category, id) => {
    expect(runOf(incident, { category }).automationDetails?.id).toBe(id);
  });

  test.each<[string, Report, boolean]>([
    ['a whole one', incident, true],
    ['a clean one', reportNamed('clean'), true],
    ['an interrupted one', reportNamed('interrupted'), false],
    ['one that reached no host', reportNamed('dark'), false],
  ])('is successful: %s', (_name, report, successful) => {
    expect(runOf(report).invocations![0]!.executionSuccessful).toBe(successful);
  });

  test('tells what could not be looked at', () => {
    expect(
      notes(runOf(incident)).map(({ descriptor, level, message }) => [descriptor!.id, level, message.text]),
    ).toEqual([
      [
        'not-reached',
        'warning',
        'm2: could not be looked at (unreachable): 192.168.128.159:22: connection refused',
      ],
      [
        'fact-missing',
        'warning',
        's1/init: fact nat is missing (denied): iptables-save v1.4.21: Permission denied (you must be root), and sudo said: a password is required',
      ],
      [
        'fact-missing',
        'warning',
        'm1/init: fact counters is missing (timeout): no second sample within 60 s',
      ],
      ['rule-undecided', 'note', 'TW002 is undecided on s1/init: nat was not read: denied'],
      ['rule-undecided', 'note', 'TW021 is undecided on m1/init: counters was not read: timeout'],
    ]);
    expect(notes(runOf(reportNamed('interrupted')))[0]).toMatchObject({ descriptor: { id: 'interrupted' } });
  });
});

test('a link or a placeholder in the words of a host is none in the message', () => {
  const [, { message }] = runOf(reportNamed('hostile')).results as [unknown, { message: { text: string } }];
  expect(message.text).toContain('[click] (https://evil.example/) { 0} { 1}');
});

test('rules say where to read on: ours online, others where they say', () => {
  const uris = runOf(reportNamed('outside')).tool.driver.rules!.map(({ id, helpUri }) => [id, helpUri]);
  expect(uris).toEqual([
    ['TW003', 'https://github.com/twlint/twlint/blob/main/docs/rules/TW003.md'],
    ['ACME7', 'https://wiki.example.com/syn-drops'],
  ]);
});
