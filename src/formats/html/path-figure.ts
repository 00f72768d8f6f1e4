import type { DrawnHop, DrawnTrace, PathDrawing } from '../../model.ts';
import { nodeName, stageOf } from '../arrange.ts';
import { counted } from '../printable.ts';
import { html, type Markup } from './markup.ts';
import { type DrawnStep, drawnTraces, LINE_HEIGHT, type NodeBox, pathLayout } from './path-layout.ts';

/**
 * A path as a drawing, and in words for whoever does not see it.
 *
 * @param parting of ways of the same packets, the hops at which those of another drawing are others; null: of others
 */
export function pathFigure(path: PathDrawing, parting: readonly DrawnHop[] | null): Markup {
  const left = path.traces.length - drawnTraces(path).length;
  return html`<figure class="path">
<div class="scroll" tabindex="0" role="region" aria-label="Drawing of the path">${drawingOf(path, parting)}</div>
${parting === null || left > 0 ? html`<figcaption>${path.name}${left > 0 ? ` (${counted(left, 'trace')} more in words)` : ''}</figcaption>` : null}
<details class="words"><summary>The path in words</summary>${path.traces.map((trace) => traceInWords(trace, parting))}</details>
</figure>`;
}

function drawingOf(path: PathDrawing, parting: readonly DrawnHop[] | null): Markup {
  const { nodes, steps, merged, width, height } = pathLayout(path, parting);
  const meets = merged === null ? null : meetingOf(path, merged);
  const foot = meets === null ? 0 : 34;
  return html`<svg role="img" aria-label="${describe(path, meets)}" width="${width + 4}" height="${height + 4 + foot}" viewBox="-2 -2 ${width + 4} ${height + 4 + foot}">
${steps.map(stepLine)}${nodes.map((node) => nodeBox(node, node.isServer && meets !== null))}
${
  meets === null
    ? null
    : nodes
        .filter(({ isServer }) => isServer)
        .slice(0, 1)
        .map((server) => meeting(server, meets, width, height))
}</svg>`;
}

/** Says what several traces with one source address mean at the server. */
const meetingOf = ({ traces }: PathDrawing, merged: string): string =>
  traces.some(({ remark }) => /\bclock\b/.test(remark))
    ? `different clocks meet here, all from ${merged}`
    : `several clients meet here, all from ${merged}`;

const describe = ({ name, traces }: PathDrawing, meets: string | null): string =>
  `${name}: ${traces.map(({ clients }) => clients.join(', ')).join('; ')}${meets === null ? '' : `; ${meets}`}`;

/** A curve from the right side of one node to the left side of the next, in the colour of its trace. */
function stepLine({ trace, from, to, certain }: DrawnStep): Markup {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  // traces that arrive at one node stay apart, so that each can be followed
  const [x2, y2] = [to.x - 4, to.y + to.height / 2 + ((trace % 4) - 1.5) * 5];
  const middle = (x1 + x2) / 2;
  return html`<path class="step t${trace % 4}${certain ? null : html` uncertain`}" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/><circle class="dot t${trace % 4}" cx="${x2}" cy="${y2}" r="3"/>`;
}

function nodeBox({ x, y, width, height, role, lines, isParting }: NodeBox, isMeeting: boolean): Markup {
  const at = (line: number) => y + 12 + LINE_HEIGHT * line + 9;
  return html`<g class="node${isMeeting ? html` meeting` : null}${isParting ? html` parting` : null}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text class="role" x="${x + 12}" y="${at(0)}">${role}</text>${lines.map((line, i) => html`<text class="${i === 0 ? 'name' : 'line'}" x="${x + 12}" y="${at(i + 1)}">${line}</text>`)}</g>`;
}

/** Marks the place where several clocks meet under one address. */
function meeting(server: NodeBox, words: string, width: number, height: number): Markup {
  const x = server.x + server.width / 2;
  return html`<path class="meets" d="M${x} ${server.y + server.height}V${height + 14}"/><text class="meets" x="${width}" y="${height + 28}" text-anchor="end">${words}</text>`;
}

function traceInWords({ clients, remark, hops }: DrawnTrace, parting: readonly DrawnHop[] | null): Markup {
  return html`<p>${clients.join(', ')}${remark === '' ? '' : `: ${remark}`}</p><ol>${hops.map((hop) => hopInWords(hop, parting?.includes(hop) ?? false))}</ol>`;
}

function hopInWords(hop: DrawnHop, isParting: boolean): Markup {
  const { source, destination, rule, certain } = hop;
  const where = [nodeName(hop), stageOf(hop) || hop.stage].join(' ');
  return html`<li>${where}: ${source} → ${destination}${certain ? '' : ' (not certain)'}${isParting ? ' (differs)' : ''}${rule === null ? null : html` <code>${rule.text}</code>`}</li>`;
}
