import { acceptedDefects, countChecks, defects } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { EarlierFinding, Finding, Report, RuleInfo, Verdict } from '../../model.ts';
import { subjectOf } from '../arrange.ts';
import { checksLost, type RootCause, reservation, rootCauses } from '../causes.ts';
import { nameRanges } from '../name-ranges.ts';
import { counted, sentence, shortened } from '../printable.ts';
import { standingSentences } from '../standing-sentences.ts';
import { STATES, type State, stateOf } from '../states.ts';
import { documentHead } from './document.ts';
import { asMarkup, html, type Markup } from './markup.ts';
import { SCRIPT } from './script.ts';

/** A rule and its checks that the page shows. */
export interface RuleFindings {
  rule: RuleInfo;
  findings: readonly [Finding, ...Finding[]];
}

/** The anchor of a rule's section. */
export const sectionId = (index: number): string => `rule-${index + 1}`;

/** The page down to its findings: what came of the run, and the filters. */
export function pageHead(
  report: Report,
  states: readonly State[],
  sections: readonly RuleFindings[],
): Markup {
  const { startedAt, finishedAt, tool, interrupted } = report;
  return html`${documentHead(title(report), SCRIPT)}<a class="skip" href="#findings">To the findings</a>
<header>
<h1>${title(report)}</h1>
<p class="about">${tool.name} ${tool.version}, <time datetime="${startedAt}">${minute(startedAt)}</time>${minute(startedAt) === minute(finishedAt) ? '' : ` to ${minute(finishedAt)}`} UTC, ${counted(report.rules.length, 'rule')}</p>
${interrupted ? html`<p class="warn">Interrupted: this report is incomplete. What it does not mention may not have been looked at.</p>` : null}
<ul class="totals">${totals(report)}</ul>
${standingSentences(report).map((words) => html`<p class="about">${words}</p>`)}
</header>
<search class="filters" aria-label="Filter the findings" hidden>${filters(
    report,
    states,
    sections.map(({ rule }) => rule),
  )}</search>
<main id="findings">
${contents(sections)}${sinceBaseline(report)}${lacks(rootCauses(report))}`;
}

/** Lists the findings of the baseline that are gone, and those that nobody looked for. */
function sinceBaseline({ baseline }: Report): Markup | null {
  if (baseline === undefined) return null;
  const list = (title: string, findings: readonly EarlierFinding[]) =>
    findings.length === 0
      ? null
      : html`<section aria-label="${title}"><h2>${title}</h2>
<ul>${groupBy(findings, ({ rule }) => rule).map((group) => html`<li>${group[0].rule} on ${nameRanges(group.map(subjectOf)).join(', ')}</li>`)}</ul></section>
`;
  return html`${list('Gone since the baseline', baseline.gone)}${list('In the baseline, and not looked at', baseline.unseen)}`;
}

export const pageEnd = (
  left: number,
): Markup => html`${left > 0 ? html`<p class="warn">${counted(left, 'check')} more: all are in -o json.</p>` : null}</main>
<footer>Nothing in this page is loaded from elsewhere. The whole of the evidence is in -o json.</footer>
<script>${asMarkup(SCRIPT)}</script>
</body>
</html>
`;

function title(report: Report): string {
  const failed = defects(report);
  const hosts = new Set(failed.map(({ host }) => host)).size;
  if (failed.length > 0) return `${counted(failed.length, 'finding')} on ${counted(hosts, 'host')}`;
  if (acceptedDefects(report).length > 0) return 'No open findings';
  const has = (wanted: Verdict) => report.findings.some(({ verdict }) => verdict === wanted);
  if (has('pass')) return 'No findings';
  return has('unknown') ? 'Nothing could be decided' : 'Nothing was checked';
}

/** `2026-01-02T03:04:05.000Z` as `2026-01-02 03:04`. */
const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');

function totals(report: Report): Markup[] {
  const failed = defects(report);
  const seen = report.hosts.filter(({ reached }) => reached.ok).length;
  const undecided = countChecks(report.findings.filter(({ verdict }) => verdict === 'unknown'));
  const passed = countChecks(report.findings.filter(({ verdict }) => verdict === 'pass'));
  const total = (sum: number | string, label: string, style: string) =>
    html`<li class="${style}"><b>${sum}</b> ${label}</li>`;
  const severities = (['error', 'warning', 'note'] as const).map((severity) => {
    const sum = failed.filter((finding) => finding.severity === severity).length;
    return total(sum, sum === 1 ? severity : `${severity}s`, sum > 0 ? severity : '');
  });
  return [
    ...severities,
    total(undecided, 'undecided', ''),
    total(passed, 'passed', failed.length === 0 && undecided === 0 && passed > 0 ? 'good' : ''),
    total(seen === report.hosts.length ? seen : `${seen} of ${report.hosts.length}`, 'hosts seen', ''),
  ];
}

function filters({ hosts }: Report, states: readonly State[], rules: readonly RuleInfo[]): Markup {
  const severities = ['error', 'warning', 'note'].map(
    (severity) =>
      html`<label><input type="checkbox" name="severity" value="${severity}" checked> ${severity}s</label>`,
  );
  return html`<form>
<label>Text <input type="search" name="text" autocomplete="off"></label>
<label>Host <input type="search" name="host" list="hosts" autocomplete="off"></label><datalist id="hosts">${hosts.slice(0, 1000).map(({ name }) => html`<option value="${name}"></option>`)}</datalist>
<label>Rule <select name="rule"><option value="">all</option>${rules.map(({ id, title }) => html`<option value="${id}">${id} ${shortened(sentence(title), 60)}</option>`)}</select></label>
<label>State <select name="state">${states.map((state) => html`<option value="${state}">${STATES[state]}</option>`)}<option value="">all</option></select></label>
<fieldset><legend>Severity</legend>${severities}</fieldset>
<button type="reset">Reset</button>
<output aria-live="polite"></output>
</form>`;
}

/** The rules with open findings, with the number of their hosts; where there is one, it follows anyway. */
function contents(sections: readonly RuleFindings[]): Markup | null {
  const rows = sections.flatMap(({ rule, findings }, i) => {
    const open = findings.filter((finding) => stateOf(finding) === 'open');
    const hosts = new Set(open.map(({ host }) => host)).size;
    return open.length === 0
      ? []
      : [
          html`<li class="${findings[0].severity}"><span class="badge">${findings[0].severity}</span> <a href="#${sectionId(i)}" title="${rule.id}">${rule.id}</a> <span class="count">${counted(hosts, 'host')}</span> <span>${sentence(rule.title)}</span></li>`,
        ];
  });
  return rows.length < 2
    ? null
    : html`<nav class="contents" aria-label="Rules"><ol>${rows}</ol></nav>
`;
}

function lacks(causes: readonly RootCause[]): Markup | null {
  if (causes.length === 0) return null;
  return html`<section aria-label="What could not be looked at"><h2>Could not be looked at</h2>${causes.map(causeCard)}</section>
`;
}

function causeCard(cause: RootCause): Markup {
  const names = nameRanges(cause.subjects).join(', ');
  const lost = checksLost(cause);
  const facts = cause.facts.length > 0 ? ` (${cause.facts.join(', ')})` : '';
  return html`<div class="cause"><h3>${shortened(names, 2000)} ${lost === '' ? null : html`<span class="place">${lost} undecided</span>`}</h3><p>${cause.reason}${reservation(cause)}${facts}</p></div>`;
}
