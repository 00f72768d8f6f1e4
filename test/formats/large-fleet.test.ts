/** Reports of fleets so large that no string holds them: what is alike is told once, and nothing is there as a whole. */
import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { formats } from '../../src/formats/index.ts';
import type { Finding, HostSummary, Report } from '../../src/model.ts';
import { lintForCodeScanning } from './ghas-linter.ts';
import { rendered } from './rendered.ts';
import { plainOptions, reportNamed } from './reports.ts';
import { schemaErrors } from './sarif-schema.ts';

const incident = reportNamed('incident');
const [rule] = incident.rules;

/** Hosts of which each lacks 30 facts and leaves each rule undecided, `reason` says why. */
function fleetOf(size: number, reason: (host: number, fact: number) => string): Report {
  const names = Array.from({ length: size }, (_, i) => `host-${i}`);
  const hosts = names.map((name, i): HostSummary => {
    const source = { file: 'fleet/hosts.yaml', line: i + 1, column: 1 };
    return { name, source, reached: { ok: true, value: null }, kernel: null, namespaces: ['init'] };
  });
  const numbers = Array.from({ length: 30 }, (_, fact) => fact);
  return {
    ...incident,
    hosts,
    gaps: names.flatMap((host, i) =>
      numbers.map((fact) => ({
        host,
        namespace: 'init',
        fact: `fact_${fact}`,
        problem: 'absent' as const,
        reason: reason(i, fact),
      })),
    ),
    findings: names.map(
      (host): Finding => ({
        ...incident.findings[0]!,
        rule: rule!.id,
        host,
        namespace: 'init',
        verdict: 'unknown',
        message: 'nat is not known: absent, it was not pasted',
        evidence: [],
        path: null,
        foldedInto: null,
      }),
    ),
  };
}

const logOf = (report: Report) => JSON.parse(rendered('sarif', report)) as Log;
const notesOf = (log: Log) => log.runs[0]!.invocations![0]!.toolExecutionNotifications!;

describe('SARIF', () => {
  test('tells what ten thousand hosts lack alike once, names the first of them and counts the others', () => {
    const log = logOf(fleetOf(10_000, () => 'it was not pasted'));
    const notes = notesOf(log);
    expect(notes).toHaveLength(31);
    expect(notes[0]!.locations).toHaveLength(20);
    expect(notes[0]!.message.text).toMatch(
      /host-19\/init and 9980 more: fact fact_0 is missing \(absent\): it was not pasted$/,
    );
    expect(notes.at(-1)!.message.text).toMatch(/and 9980 more: nat is not known/);
    expect(
      rendered(
        'sarif',
        fleetOf(10_000, () => 'it was not pasted'),
      ).length,
    ).toBeLessThan(1_000_000);
    expect(schemaErrors(log)).toEqual([]);
    expect(lintForCodeScanning(log)).toEqual([]);
  });

  test('is no larger where each says it in words of its own, which is told', () => {
    const log = logOf(fleetOf(1000, (host, fact) => `${'x'.repeat(5000)} ${host} ${fact}`));
    const notes = notesOf(log);
    expect(notes).toHaveLength(1001);
    expect(notes.at(-1)).toMatchObject({
      descriptor: { id: 'notifications-cut' },
      message: { text: '29001 notifications like these were left out: all are in -o json.' },
    });
    expect(Math.max(...notes.map(({ message }) => message.text!.length))).toBeLessThan(3000);
    expect(schemaErrors(log)).toEqual([]);
  });
});

describe.each(Object.keys(formats))('%s', (format) => {
  test('comes in pieces that a stream takes, however large the fleet', () => {
    const report = fleetOf(3000, (host) => `it was not pasted by ${host}`);
    const findings = report.findings.map((one, i) => ({ ...one, verdict: 'fail' as const, message: `${i}` }));
    let [longest, whole] = [0, 0];
    for (const piece of formats[format]!({ ...report, findings }, { ...plainOptions, details: true })) {
      longest = Math.max(longest, piece.length);
      whole += piece.length;
    }
    // these are bounded by what GitHub shows
    if (!['markdown', 'github'].includes(format)) expect(whole).toBeGreaterThan(500_000);
    // the text's blocks are one for a rule and one for what is not known
    if (format !== 'text') expect(longest).toBeLessThan(200_000);
  });
});
