import type { Finding, Report, RuleInfo } from '../../src/model.ts';

const source = { file: 'hosts.yaml', line: 1, column: 1 };

const ruleOf = (id: string): RuleInfo => ({
  id,
  name: `x/${id}`,
  title: id,
  severity: 'warning',
  scope: id.startsWith('P') ? 'path' : 'netns',
  why: '',
  fix: { text: '' },
  references: [],
  source,
});

/** A report of findings that are given in part; their hosts were reached, and their rules tried. */
export function report(findings: readonly Partial<Finding>[]): Report {
  const whole = findings.map((part): Finding => {
    const { rule = 'TW003', host = 'a', namespace = 'init' } = part;
    return {
      rule,
      host,
      namespace,
      verdict: 'fail',
      severity: 'warning',
      message: 'm',
      evidence: [],
      fingerprint: `${rule} ${host} ${namespace}`,
      path: null,
      foldedInto: null,
      ...part,
    };
  });
  const hosts = [...new Set(whole.map(({ host }) => host))];
  const rules = [...new Set(whole.map(({ rule }) => rule))];
  return {
    tool: { name: 'twlint', version: '0' },
    startedAt: '2026-06-01T00:00:00Z',
    finishedAt: '2026-06-01T00:00:00Z',
    interrupted: false,
    rules: rules.map(ruleOf),
    hosts: hosts.map((name) => ({
      name,
      source,
      reached: { ok: true, value: null },
      kernel: null,
      namespaces: ['init'],
    })),
    findings: whole,
    gaps: [],
  };
}
