import { describe, expect, test } from 'vitest';
import { rootCauses } from '../../src/formats/causes.ts';
import type { Finding, Gap, Report } from '../../src/model.ts';
import { manyFindings, withoutSudo } from './many-findings.ts';
import { reportNamed } from './reports.ts';

const fleet = manyFindings(4, 1);
const [h1, h2, h3] = fleet.hosts.map(({ name }) => name) as [string, string, string];

const gap = (host: string, fact: string, problem: Gap['problem'], reason: string): Gap => ({
  host,
  namespace: 'init',
  fact,
  problem,
  reason,
});
const undecided = (host: string, message: string): Finding => ({
  ...fleet.findings[0]!,
  host,
  verdict: 'unknown',
  message,
});
const withLacks = (gaps: Gap[], findings: Finding[] = []): Report => ({ ...fleet, gaps, findings });

describe('what could not be looked at, by root cause', () => {
  test('is one for all that a host without sudo lacks', () => {
    const causes = rootCauses(withoutSudo(fleet, 3));
    expect(causes).toMatchObject([
      {
        subjects: [h1, h2, h3],
        reason: 'looked without root: sudo: a password is required: give it with --ask-become-pass',
        checks: 3 * fleet.rules.length,
        isSame: true,
      },
    ]);
  });

  test('is one for what nobody but root may read, where nobody tried to become root', () => {
    const causes = rootCauses(
      withLacks([gap(h1, 'nat', 'denied', 'a'), gap(h1, 'conntrack', 'denied', 'b')]),
    );
    expect(causes).toMatchObject([{ reason: 'denied: a, and 1 more like it', facts: ['nat', 'conntrack'] }]);
  });

  test('leaves out the facts that only tell of another', () => {
    const causes = rootCauses(
      withLacks(
        [
          gap(h1, 'roles', 'partial', 'nat is not known: timeout, no answer within 5 s'),
          gap(h1, 'nat', 'timeout', 'no answer within 5 s'),
        ],
        [undecided(h1, 'roles is not complete: nat is not known: timeout, no answer within 5 s')],
      ),
    );
    expect(causes).toMatchObject([
      { reason: 'timeout: no answer within 5 s', facts: ['nat', 'roles'], checks: 1 },
    ]);
  });

  test('names the first host where each has an address of its own', () => {
    const hosts = fleet.hosts.map((host, i) => ({
      ...host,
      reached: { ok: false as const, problem: 'unreachable' as const, reason: `10.0.0.${i}:22: no route` },
    }));
    expect(rootCauses({ ...fleet, hosts, findings: [] })).toMatchObject([
      {
        subjects: hosts.map(({ name }) => name),
        reason: 'unreachable: 10.0.0.0:22: no route',
        isSame: false,
      },
    ]);
  });

  test('keeps apart what has another cause', () => {
    const causes = rootCauses(
      withLacks(
        [gap(h1, 'nat', 'timeout', 'too slow'), gap(h1, 'routes', 'unparsable', 'no such line')],
        [undecided(h1, 'routes is not known: unparsable, no such line'), undecided(h2, 'it has no clock')],
      ),
    );
    expect(causes.map(({ reason, checks }) => [reason, checks])).toEqual([
      ['unparsable: no such line', 1],
      ['it has no clock', 1],
      ['timeout: too slow', 0],
    ]);
  });

  test.each(['incident', 'fleet', 'dark', 'interrupted', 'hostile', 'image'])(
    'counts each check once: %s',
    (name) => {
      const report = reportNamed(name);
      const sum = rootCauses(report).reduce((sum, { checks }) => sum + checks, 0);
      expect(sum).toBe(report.findings.filter(({ verdict }) => verdict === 'unknown').length);
    },
  );
});
