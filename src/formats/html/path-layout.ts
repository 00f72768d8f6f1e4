/** Lays out the nodes of a path in a drawing: clients on the left, the server on the right, one column a hop. */
import { groupedBy } from '../../grouped-by.ts';
import type { DrawnHop, DrawnTrace, PathDrawing } from '../../model.ts';
import { givenBy, givesDestination, givesSource, hopsThatMatter, nodeName, stageOf } from '../arrange.ts';
import { printable, shortened } from '../printable.ts';
import { columns as textColumns } from '../text/page.ts';

/** A node that one or several traces pass. */
export interface NodeBox {
  key: string;
  column: number;
  /** `Clients`, `Director`, `NAT gateway`, `Server`, ... */
  role: string;
  /** The lines in its box: its name first. */
  lines: string[];
  isServer: boolean;
  /** True where the ways before and after a change part. */
  isParting: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A node before its column is known to be wide enough. */
type Unplaced = Omit<NodeBox, 'x' | 'y' | 'width'>;

/** A step of a trace from one node to the next. */
export interface DrawnStep {
  trace: number;
  from: NodeBox;
  to: NodeBox;
  certain: boolean;
}

export interface PathLayout {
  nodes: NodeBox[];
  steps: DrawnStep[];
  /** The address under which several traces arrive at the server; null where each has its own. */
  merged: string | null;
  width: number;
  height: number;
}

const MOST_TRACES = 8;
const MOST_COLUMNS = 10;
const MOST_CHARACTERS = 40;
export const LINE_HEIGHT = 16;
const CHARACTER = 7;
const PADDING = 12;
const COLUMN_GAP = 56;
const ROW_GAP = 20;

/** Returns the traces that are drawn: a drawing of more would not be read. */
export const drawnTraces = ({ traces }: PathDrawing): DrawnTrace[] => traces.slice(0, MOST_TRACES);

/** @param parting of ways of the same packets, the hops at which those of another drawing are others; null: of others */
export function pathLayout(path: PathDrawing, parting: readonly DrawnHop[] | null): PathLayout {
  const isParting = (hop: DrawnHop) => parting?.includes(hop) ?? false;
  const traces = drawnTraces(path).map((trace) => ({ trace, hops: shownHops(trace, isParting) }));
  const columns = Math.max(1, ...traces.map(({ hops }) => hops.length));
  const passed = traces.map(({ trace, hops }, row) =>
    hops.map((hop, i) => nodeBoxOf(trace, hops, i, parting ? 0 : row, columns, isParting(hop))),
  );
  const { nodes, ...size } = placed(passed.flat(), columns);
  const steps = passed.flatMap((keys, trace) =>
    keys.slice(1).flatMap(({ key }, i): DrawnStep[] => {
      const [from, to] = [nodes.get(keys[i]?.key ?? ''), nodes.get(key)];
      const certain = traces[trace]?.hops[i + 1]?.certain ?? false;
      return from && to ? [{ trace, from, to, certain }] : [];
    }),
  );
  return {
    ...size,
    nodes: [...nodes.values()],
    steps,
    merged: parting ? null : mergedAddress(traces.map(({ hops }) => hops)),
  };
}

function shownHops({ hops }: DrawnTrace, isParting: (hop: DrawnHop) => boolean): DrawnHop[] {
  const mattering = hopsThatMatter(hops);
  const all = hops.filter((hop) => mattering.includes(hop) || isParting(hop));
  return all.length <= MOST_COLUMNS ? all : [...all.slice(0, MOST_COLUMNS - 1), ...all.slice(-1)];
}

/** A node is of a column, so that a host that is passed twice is drawn twice; the last one is the server's. */
function nodeBoxOf(
  trace: DrawnTrace,
  hops: readonly DrawnHop[],
  i: number,
  row: number,
  columns: number,
  isParting: boolean,
): Unplaced {
  const hop = hops[i] as DrawnHop;
  const isServer = i > 0 && i === hops.length - 1;
  const column = isServer ? columns - 1 : i;
  const name = i === 0 ? trace.clients.join(', ') || nodeName(hop) : nodeName(hop);
  const words =
    i === 0
      ? [name, hop.source, trace.remark]
      : [name, stageOf(hop), ...(isServer ? [`sees ${hop.source}`] : changesOf(hop, hops[i - 1]))];
  const lines = words
    .filter((line) => line !== '')
    .map((line) => shortened(printable(line), MOST_CHARACTERS));
  const key = JSON.stringify(i === 0 ? [row] : [column, ...lines]);
  const height = (lines.length + 1) * LINE_HEIGHT + 2 * PADDING;
  const role = roleOf(hop, i, isServer);
  return { key, column, role: isParting ? `${role}: differs` : role, lines, isServer, isParting, height };
}

function changesOf(hop: DrawnHop, before: DrawnHop | undefined): string[] {
  const { source, destination } = givenBy(hop, before);
  return [
    ...(destination === undefined ? [] : [`to ${destination}`]),
    ...(source === undefined ? [] : [`from ${source}`]),
  ];
}

function roleOf(hop: DrawnHop, i: number, isServer: boolean): string {
  const { kind } = hop;
  if (i === 0) return 'Clients';
  if (kind === 'ipvs') return 'Director';
  if (givesSource(hop)) return 'NAT gateway';
  if (givesDestination(hop)) return 'Destination NAT';
  if (kind === 'delivered') return 'Server';
  return isServer ? 'End' : 'Hop';
}

/** Returns the address that the server sees of several traces. */
function mergedAddress(traces: readonly (readonly DrawnHop[])[]): string | null {
  const seen = traces.flatMap((hops) => (hops.length > 1 ? (hops.at(-1)?.source ?? []) : []));
  return seen.find((source, i) => seen.indexOf(source) < i) ?? null;
}

/** Sets each column as wide as its widest text, and its nodes in the middle of the height. */
function placed(
  unplaced: readonly Unplaced[],
  columns: number,
): { nodes: Map<string, NodeBox>; width: number; height: number } {
  const unique = [...groupedBy(unplaced, ({ key }) => key).values()].map(([first]) => first);
  const inColumn = Array.from({ length: columns }, (_, column) =>
    unique.filter((one) => one.column === column),
  );
  const height = Math.max(...inColumn.map(stacked));
  const nodes = new Map<string, NodeBox>();
  let x = 0;
  for (const inside of inColumn) {
    const texts = inside.flatMap(({ lines, role }) => [...lines, role]);
    const width = Math.max(6, ...texts.map(textColumns)) * CHARACTER + 2 * PADDING + 4;
    let y = (height - stacked(inside)) / 2;
    for (const node of inside) {
      nodes.set(node.key, { ...node, x, y, width });
      y += node.height + ROW_GAP;
    }
    x += width + COLUMN_GAP;
  }
  return { nodes, width: x - COLUMN_GAP, height };
}

const stacked = (nodes: readonly Unplaced[]): number =>
  nodes.reduce((sum, { height }) => sum + height + ROW_GAP, -ROW_GAP);
