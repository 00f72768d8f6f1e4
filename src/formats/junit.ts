import { groupedBy } from '../grouped-by.ts';
import type { Finding, HostSummary } from '../model.ts';
import { lineText, originOf } from './arrange.ts';
import type { Format } from './format.ts';
import { html, type Markup } from './html/markup.ts';
import { printable, sentence, shortened } from './printable.ts';
import { STATES, stateOf } from './states.ts';

const MOST_LINES = 20;
const MOST_CHARACTERS = 1000;

/** The outcome of a test case. JUnit has no word for what nobody can tell but an error, or a skipped test. */
type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

/** The checks as test cases, a suite for each host: for Jenkins, GitLab and whoever else reads JUnit's XML. */
export const junit: Format = function* (report, { allowIncomplete = false }) {
  const byHost = groupedBy(report.findings, ({ host }) => host);
  const titles = new Map(report.rules.map(({ id, title }) => [id, sentence(title)]));
  const outcome = (finding: Finding) => outcomeOf(finding, allowIncomplete);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n${
    html`<testsuites name="twlint"${counts(report.hosts, report.findings.map(outcome))}>
`.markup
  }`;
  for (const host of report.hosts) {
    const findings = byHost.get(host.name) ?? [];
    const about = html` name="${host.name}" hostname="${host.name}" timestamp="${report.startedAt.slice(0, 19)}"`;
    yield html`<testsuite${about}${counts([host], findings.map(outcome))}>
`.markup;
    yield reachedCase(host).markup;
    for (const finding of findings)
      yield testCase(finding, outcome(finding), titles.get(finding.rule) ?? '').markup;
    yield '</testsuite>\n';
  }
  yield '</testsuites>\n';
};

function outcomeOf(finding: Finding, allowIncomplete: boolean): Outcome {
  switch (stateOf(finding)) {
    case 'open':
      return finding.baseline === 'known' ? 'skipped' : 'failure';
    case 'undecided':
      return allowIncomplete ? 'skipped' : 'error';
    case 'passed':
      return 'passed';
    case 'accepted':
    case 'explained':
    case 'not-applicable':
      return 'skipped';
  }
}

/** Counts test cases: of each host, one says whether it was reached. */
function counts(hosts: readonly HostSummary[], outcomes: readonly Outcome[]): Markup {
  const of = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const lost = hosts.filter(({ reached }) => !reached.ok).length;
  return html` tests="${outcomes.length + hosts.length}" failures="${of('failure')}" errors="${of('error') + lost}" skipped="${of('skipped')}"`;
}

function reachedCase({ name, reached }: HostSummary): Markup {
  const error = reached.ok
    ? null
    : html`<error type="${reached.problem}" message="${sentence(reached.reason)}"></error>`;
  return html`<testcase classname="${name}" name="was looked at">${error}</testcase>
`;
}

function testCase(finding: Finding, outcome: Outcome, title: string): Markup {
  const { rule, host, namespace, path } = finding;
  const name = [`${rule}: ${title}`, ...(path === null ? [] : [path.name])].join(', ');
  return html`<testcase classname="${namespace === null ? host : `${host}.${namespace}`}" name="${shortened(printable(name), MOST_CHARACTERS)}">${resultOf(finding, outcome)}</testcase>
`;
}

function resultOf(finding: Finding, outcome: Outcome): Markup | null {
  const words = sentence(finding.message) || STATES[stateOf(finding)];
  const message = shortened(words, MOST_CHARACTERS);
  switch (outcome) {
    case 'passed':
      return null;
    case 'skipped':
      return html`<skipped message="${shortened(`${skippedAs(finding)}: ${words}`, MOST_CHARACTERS)}"></skipped>`;
    case 'error':
      return html`<error type="undecided" message="${message}"></error>`;
    case 'failure':
      return html`<failure type="${finding.severity}" message="${message}">${evidenceOf(finding)}</failure>`;
  }
}

/** Returns the reason why a test case is skipped. */
const skippedAs = (finding: Finding): string =>
  stateOf(finding) === 'open' ? 'Known in the baseline' : STATES[stateOf(finding)];

function evidenceOf({ evidence }: Finding): Markup[] {
  const left = evidence.length - MOST_LINES;
  const lines = evidence
    .slice(0, MOST_LINES)
    .map((line) => shortened(`${originOf(line)}: ${lineText(line)}`, MOST_CHARACTERS));
  return [...lines, ...(left > 0 ? [`and ${left} more in -o json`] : [])].map(
    (line) => html`${line}
`,
  );
}
