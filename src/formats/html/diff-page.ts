/** A comparison as a page: what becomes of packets, before and after side by side; then findings and facts. */
import { PATH_CHANGE_KINDS, type PathChange } from '../../compare/path-changes.ts';
import type { DrawnSide } from '../../compare/path-drawings.ts';
import { type Diff, type DiffSection, otherSections } from '../diff.ts';
import { PATH_CHANGE_TITLES, pairsText, someOf } from '../path-changes.ts';
import { counted } from '../printable.ts';
import { documentHead } from './document.ts';
import { html, type Markup } from './markup.ts';
import { pathFigure } from './path-figure.ts';

/** How grave a change is, by the colours of findings. */
const GRAVITY: Record<PathChange['kind'], 'error' | 'warning' | 'note'> = {
  stops: 'error',
  server: 'warning',
  source: 'warning',
  way: 'warning',
  starts: 'note',
  undecided: 'warning',
};

/** One page that needs nothing else, and no script. */
export function diffHtml(diff: Diff): string {
  const kinds = PATH_CHANGE_KINDS.map((kind) => ({
    kind,
    changes: (diff.paths ?? []).filter((change) => change.kind === kind),
  })).filter(({ changes }) => changes.length > 0);
  const others = otherSections(diff);
  const title = titleOf(kinds.flatMap(({ changes }) => changes).length, diff.findings.new.length, others);
  return html`${documentHead(title, null)}<header class="wide">
<h1>${title}</h1>
<ul class="totals">${kinds.map(({ kind, changes }) => total(changes.length, PATH_CHANGE_TITLES[kind], GRAVITY[kind]))}${others.map((one) => total(one.count, one.title, ''))}</ul>
</header>
<main class="wide">
${kinds.map(({ kind, changes }) => pathSection(kind, changes))}${others.map(lineSection)}</main>
<footer class="wide">Nothing in this page is loaded from elsewhere. The whole of the comparison is in --format json.</footer>
</body>
</html>
`.markup;
}

function titleOf(changes: number, findings: number, others: readonly DiffSection[]): string {
  const parts = [
    ...(changes > 0 ? [`${counted(changes, 'change')} of what becomes of packets`] : []),
    ...(findings > 0 ? [counted(findings, 'new finding')] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return others.length > 0 ? 'No packet fares otherwise' : 'No difference';
}

const total = (sum: number, label: string, style: string): Markup =>
  html`<li class="${style}"><b>${sum}</b> ${label}</li>`;

const pathSection = (kind: PathChange['kind'], changes: readonly PathChange[]): Markup =>
  html`<section class="${GRAVITY[kind]}" aria-label="${PATH_CHANGE_TITLES[kind]}"><h2>${PATH_CHANGE_TITLES[kind]}</h2>
${changes.map(changeArticle)}</section>
`;

function changeArticle(change: PathChange): Markup {
  const { id, kind, before, after, packets, more, doubts } = change;
  return html`<article class="finding ${GRAVITY[kind]}" id="c-${id}" data-state="open">
<h3>${pairsText(change)} <span class="place">${id}</span></h3>
${step('Before', before)}${step('After', after)}${packets.map(movedArticle)}
${more > 0 ? html`<p class="more">${more} more of this cause</p>` : null}${doubts.map((reason) => html`<p class="warn">Not known: ${reason}</p>`)}
</article>
`;
}

const step = (label: string, text: string | null): Markup | null =>
  text === null ? null : html`<p><b>${label}</b> <code>${text}</code></p>`;

function movedArticle({ from, packets, before, after, drawn }: PathChange['packets'][number]): Markup {
  return html`<div class="moved"><p><b>${packets}</b> <span class="about">sent by ${someOf(from)}</span></p>
<div class="sides">${side('Before', before, drawn?.before)}${side('After', after, drawn?.after)}</div></div>
`;
}

const side = (label: string, ends: readonly string[], drawn: DrawnSide | undefined): Markup =>
  html`<section class="side" aria-label="${label}"><h4>${label}</h4>
${ends.map((end) => html`<p>${end}</p>`)}${drawn === undefined ? null : pathFigure(drawn.path, drawn.parting)}</section>`;

const lineSection = ({ title, lines }: DiffSection): Markup =>
  html`<section aria-label="${title}"><h2>${title}</h2>
<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul></section>
`;
