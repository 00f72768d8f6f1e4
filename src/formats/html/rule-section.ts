import { neededFix } from '../../evaluate/report-views.ts';
import type { Finding, Fix, Report, RuleInfo } from '../../model.ts';
import { remedyLines } from '../arrange.ts';
import { paragraphs, sentence } from '../printable.ts';
import { stateOf } from '../states.ts';
import { html, type Markup } from './markup.ts';

/** The beginning of a rule's section: its title and the fix that its findings need; why, to unfold. */
export function ruleHead(
  rule: RuleInfo,
  findings: readonly [Finding, ...Finding[]],
  id: string,
  report: Report,
): Markup {
  const [{ severity }] = findings;
  const open = findings.some((finding) => stateOf(finding) === 'open');
  return html`<section class="rule ${severity}" id="${id}" aria-label="${rule.id}"${open ? null : html` hidden`}>
<div class="head"><h2>${sentence(rule.title)} <span class="id">${rule.id}</span></h2><span class="badge">${severity}</span></div>
${fixFor(
  findings.filter(({ verdict }) => verdict === 'fail'),
  rule.fix,
  report,
)}
<details class="why"><summary>Why it matters</summary>${prose(rule.why)}${labelled('When it is no defect', rule.falsePositives)}${labelled('Kernels', rule.kernels)}${see(rule.references)}</details>
`;
}

export const ruleEnd: Markup = html`</section>
`;

function fixFor(failures: readonly Finding[], whole: Fix, report: Report): Markup {
  const fix = neededFix(failures, whole);
  const commands = remedyLines(fix, failures, report);
  return html`<div class="fix">${prose(fix.text, 'Fix')}${
    commands.length === 0
      ? null
      : html`<pre>${commands.map(
          (command, i) =>
            html`${
              i === 0
                ? null
                : html`
`
            }${command}`,
        )}</pre>`
  }${labelled('Risk', fix.risk)}</div>`;
}

/** Paragraphs, the first of them after a label. */
const prose = (text: string, label = ''): Markup[] =>
  paragraphs(text).map(
    (paragraph, i) =>
      html`<p>${i > 0 || label === '' ? null : html`<b>${label}.</b> `}${withCode(paragraph)}</p>`,
  );

/** Names in backticks as code. */
const withCode = (text: string): Markup[] =>
  text.split(/`([^`]+)`/).map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));

const labelled = (label: string, text: string | undefined): Markup | null =>
  text === undefined || text === '' ? null : html`<p><b>${label}.</b> ${withCode(sentence(text))}</p>`;

/** Links are for people to see where they lead to, and only those of the web. */
const see = (references: readonly string[]): Markup | null =>
  references.length === 0
    ? null
    : html`<ul>${references.map((link) => html`<li>${/^https?:\/\/[^\s"<>]+$/.test(link) ? html`<a href="${link}" rel="noreferrer">${link}</a>` : sentence(link)}</li>`)}</ul>`;
