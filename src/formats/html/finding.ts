import type { Finding, Line } from '../../model.ts';
import { lineText, originOf, subjectOf } from '../arrange.ts';
import { sentence, shortened } from '../printable.ts';
import { STATES, stateOf } from '../states.ts';
import { html, type Markup } from './markup.ts';
import { pathFigure } from './path-figure.ts';

/** Limits of the evidence of one finding; all of it is in the JSON. */
const maxLines = 40;
const maxLength = 1000;

/** A finding as an article: its subject, what is wrong, the path as a drawing, the evidence to unfold. */
export function findingArticle(finding: Finding, place: string, explains: readonly string[]): Markup {
  const { rule, host, severity, message, evidence, path, fingerprint } = finding;
  const state = stateOf(finding);
  const id = `f-${fingerprint}`;
  return html`<article class="finding ${severity}" id="${id}" data-rule="${rule}" data-host="${host}" data-severity="${severity}" data-state="${state}"${state === 'open' ? null : html` hidden`}>
<h3>${subjectOf(finding)} <span class="place">${place}</span>${tags(finding)}</h3>
<p>${sentence(message) || STATES[state]}</p>
${acceptance(finding)}
${path === null ? null : pathFigure(path, null)}
${explains.length === 0 ? null : html`<p class="explains">Explains ${shortened(explains.join(', '), maxLength)}</p>`}
${evidence.length === 0 ? null : evidenceFold(evidence)}
</article>
`;
}

/** Tags for its state, and its standing against the baseline and the waivers: none, mostly. */
function tags(finding: Finding): Markup[] {
  const { baseline, expired } = finding;
  const state = stateOf(finding);
  const words = [
    ...(state === 'open' ? [] : [STATES[state]]),
    ...(baseline === undefined ? [] : [baseline === 'new' ? 'New' : 'Known']),
    ...(expired === undefined ? [] : [`Accepted until ${expired.until}`]),
  ];
  return words.map((word) => html` <span class="tag">${word}</span>`);
}

/** The person's word that a finding is accepted. */
const acceptance = ({ waiver, expired }: Finding): Markup | null => {
  const word = waiver ?? expired;
  return word === undefined
    ? null
    : html`<p class="explains">Accepted until ${word.until} by ${word.owner}: ${sentence(word.reason)}</p>`;
};

function evidenceFold(lines: readonly Line[]): Markup {
  const hidden = lines.length - maxLines;
  return html`<details class="evidence"><summary>Evidence <span class="count">${lines.length} ${lines.length === 1 ? 'line' : 'lines'}</span></summary>
<ul>${lines.slice(0, maxLines).map((line) => html`<li><span class="origin">${originOf(line)}</span> <code>${shortened(lineText(line), maxLength)}</code></li>`)}</ul>
${hidden > 0 ? html`<p class="more">${hidden} more in --format json</p>` : null}</details>`;
}
