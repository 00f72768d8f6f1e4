import type { DrawnHop, DrawnTrace, PathDrawing } from '../../model.ts';
import { givenBy, hopsThatMatter, nodeName, stageOf } from '../arrange.ts';
import { printable } from '../printable.ts';
import { columns, type Page, padded, wrap } from './page.ts';

/** A hop and its changes to the packet. */
interface Cell {
  where: string;
  what: string;
}

const ARROW = ' ─► ';

/** Draws a path: its traces side by side in columns where the page is wide enough, else hop below hop. */
export function drawing({ traces }: PathDrawing, page: Page): string[] {
  const drawings = traces.map((trace) => ({ trace, cells: cellsOf(trace) }));
  const widths = columnWidths(drawings.map(({ cells }) => cells));
  const width = widths.reduce((sum, one) => sum + one, 0) + columns(ARROW) * (widths.length - 1);
  const fits = width <= page.width - 4;
  return drawings.flatMap(({ trace, cells }) => [
    ...(fits ? across(cells, widths, page) : down(cells, page)),
    ...(trace.remark === ''
      ? []
      : wrap(printable(trace.remark), page.width - 9).map((line) => `         ${line}`)),
  ]);
}

function cellsOf({ clients, hops }: DrawnTrace): Cell[] {
  return hopsThatMatter(hops).map((hop, i, all) => ({
    where: i === 0 ? printable(clients.join(', ')) : printable(`${nodeName(hop)} ${stageOf(hop)}`.trim()),
    what: printable(changeOf(hop, all[i - 1], i === all.length - 1)) + (hop.certain ? '' : ' ?'),
  }));
}

/** `dst 10.244.3.27:5432`: what is different from the hop before. */
function changeOf(hop: DrawnHop, before: DrawnHop | undefined, isLast: boolean): string {
  if (before === undefined) return `${firstOf(hop.source)} → ${hop.destination}`;
  if (isLast) return `sees ${hop.source}`;
  const { source, destination } = givenBy(hop, before);
  const changes = [
    ...(destination === undefined ? [] : [`dst ${destination}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
  ];
  return changes.join(', ');
}

/** Prints one of many addresses: `1.0.0.0/8 ...`. */
const firstOf = (addresses: string) => addresses.replace(/, .*/s, ' ...');

function columnWidths(rows: Cell[][]): number[] {
  const length = Math.max(...rows.map((cells) => cells.length));
  return Array.from({ length }, (_, i) =>
    Math.max(...rows.map((cells) => Math.max(columns(cells[i]?.where ?? ''), columns(cells[i]?.what ?? '')))),
  );
}

function across(cells: Cell[], widths: number[], page: Page): string[] {
  const gap = ' '.repeat(columns(ARROW));
  const line = (part: keyof Cell, between: string) =>
    cells
      .map((cell, i) => padded(cell[part], widths[i] ?? 0))
      .join(between)
      .trimEnd();
  return [`    ${page.paint('strong', line('where', ARROW))}`, `    ${line('what', gap)}`];
}

function down(cells: Cell[], page: Page): string[] {
  const width = Math.max(...cells.slice(1).map(({ where }) => columns(where)));
  return cells.map(({ where, what }, i) =>
    i === 0
      ? `    ${page.paint('strong', where)}  ${what}`
      : `     ${ARROW}${padded(where, width)}  ${what}`.trimEnd(),
  );
}
