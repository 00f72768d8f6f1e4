/** The screen of a watch: findings, what grows together, and what moves. Pure: a state gives lines. */
import { counted, printable, sentence, shortened } from '../formats/printable.ts';
import { columns, type Page, padded, wrap } from '../formats/text/page.ts';
import { meaningOf, weightOf } from '../network/counter-meanings.ts';
import { clockTime } from './clock-time.ts';
import { amount, placeName, togetherText } from './event-lines.ts';
import type { LiveFinding } from './live-findings.ts';
import type { ScreenRow, View } from './screen-rows.ts';
import { sparkline } from './sparkline.ts';
import type { PlaceState, Together } from './together.ts';

export interface ScreenState {
  /** Milliseconds since the first tick. */
  elapsed: number;
  /** As the user wrote it. */
  every: string;
  hosts: number;
  places: readonly PlaceState[];
  lost: ReadonlyMap<string, string>;
  findings: readonly LiveFinding[];
  together: readonly Together[];
  /** Titles of rules by id. */
  titles: ReadonlyMap<string, string>;
  /** The last thing that happened, in a line. */
  news: string;
}

export interface ScreenSize {
  columns: number;
  rows: number;
  bars: 'blocks' | 'ascii';
}

/** The lines that findings, statements about counters, and lost hosts take of a usual screen at the most. */
const MOST_FINDINGS = 6;
const MOST_TOGETHER = 4;
const MOST_LOST = 2;
const USUAL_ROWS = 24;
/** The lines about counters that are left of a low screen, whatever is above them. */
const LEAST_COUNTERS = 3;
/** As many whatever is selected: rows stay where they are. */
const ABOUT_LINES = 2;
const BARS = 16;
/** The column where meanings stand beside them. */
const FEWER_BARS = 8;

/** Returns as many lines as the terminal has. */
export function drawScreen(
  state: ScreenState,
  rows: readonly ScreenRow[],
  view: View,
  size: ScreenSize,
  page: Page,
): string[] {
  const fitted = (text: string) => cut(text, size.columns);
  const top = [
    page.paint('strong', fitted(heading(state, view))),
    ...lostLines(state, size).map((line) => page.paint('warning', fitted(line))),
    ...findingLines(state, view, size, page),
    ...togetherLines(state, view, size).map(fitted),
  ];
  const lines = wrap(about(rows[view.selected], state), size.columns);
  const meaning = Array.from({ length: ABOUT_LINES }, (_, i) => lines[i] ?? '');
  const bottom = [...meaning.map((line) => page.paint('faint', fitted(line))), fitted(keys(view))];
  const tableHead = page.paint('faint', fitted(tableHeading(view, size)));
  const above = top.slice(0, Math.max(1, size.rows - bottom.length - 1 - LEAST_COUNTERS));
  const room = Math.max(1, size.rows - above.length - bottom.length - 1);
  const from = Math.max(0, Math.min(view.selected - Math.floor(room / 2), rows.length - room));
  const shown = rows
    .slice(from, from + room)
    .map((row, i) => rowLine(row, from + i === view.selected, view, size, page));
  if (rows.length === 0) shown.push(fitted(nothingText(state, view)));
  const blanks = new Array<string>(Math.max(0, room - shown.length)).fill('');
  return [...above, tableHead, ...shown, ...blanks, ...bottom].slice(0, size.rows);
}

/** Returns what a part may take of a screen that has fewer lines. */
const most = (ofUsual: number, { rows }: ScreenSize): number =>
  Math.max(1, Math.min(ofUsual, Math.floor((ofUsual * rows) / USUAL_ROWS)));

function heading({ elapsed, every, hosts, places, lost }: ScreenState, view: View): string {
  const namespaces = places.filter(({ namespace, isThere }) => namespace !== null && isThere).length;
  const gone = lost.size === 0 ? '' : ` (${lost.size} not seen)`;
  const paused = view.isPaused ? '  PAUSED' : '';
  return `twlint watch  ${duration(elapsed)}  ${counted(hosts, 'host')}${gone}, ${counted(namespaces, 'namespace')}, every ${every}${paused}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `${minutes}:${String(rest).padStart(2, '0')}`;
}

function lostLines({ lost }: ScreenState, size: ScreenSize): string[] {
  const lines = [...lost]
    .slice(0, most(MOST_LOST, size))
    .map(([host, reason]) => `${printable(host)} is not seen: ${sentence(reason)}`);
  const more = lost.size - lines.length;
  return more > 0 ? [...lines, `  and ${counted(more, 'more host')} not seen`] : lines;
}

function findingLines(state: ScreenState, view: View, size: ScreenSize, page: Page): string[] {
  const rank = { error: 0, warning: 1, note: 2 };
  const findings = state.findings
    .filter(({ finding }) => view.opened === null || placeName(finding) === view.opened)
    .toSorted((a, b) => rank[a.finding.severity] - rank[b.finding.severity] || a.since - b.since);
  const lines = findings.slice(0, most(MOST_FINDINGS, size)).map(({ finding, since }) => {
    const label = `${finding.severity}[${finding.rule}]`;
    const title = sentence(state.titles.get(finding.rule) ?? finding.message);
    const path = finding.path === null ? '' : `, ${printable(finding.path.name)}`;
    const text = `${label} ${clockTime(since)} ${placeName(finding)}: ${title}${path}`;
    const whole = cut(text, size.columns);
    return page.paint(finding.severity, whole.slice(0, label.length)) + whole.slice(label.length);
  });
  const more = findings.length - lines.length;
  return more > 0 ? [...lines, cut(`  and ${counted(more, 'more finding')}`, size.columns)] : lines;
}

function togetherLines({ together }: ScreenState, view: View, size: ScreenSize): string[] {
  const all = together.filter(({ at }) => view.opened === null || placeName(at) === view.opened);
  const lines = all
    .slice(0, most(MOST_TOGETHER, size))
    .map((one) => `${placeName(one.at)} ${togetherShort(one)}`);
  const more = all.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more that go together`] : lines;
}

/** The numbers come first: what is cut off is the end. */
function togetherShort(together: Together): string {
  if (together.kind !== 'lockstep') return togetherText(together);
  const { counters, growth, windows } = together;
  return `+${amount(growth)} in ${windows} windows: ${counters.map(printable).join(' = ')}`;
}

const PLACE_WIDTH = 20;

function tableHeading(view: View, { columns: width }: ScreenSize): string {
  const bars = view.opened === null ? 'last windows'.padEnd(BARS) : 'windows'.padEnd(FEWER_BARS);
  const numbers = `${'per s'.padStart(7)} ${'growth'.padStart(8)}  ${bars}  `;
  if (view.opened !== null) return `${numbers}${view.opened}`;
  return `${numbers}${'where'.padEnd(placeWidth(width))}  counter`;
}

/** Wider terminals show longer names. */
const placeWidth = (width: number): number => Math.max(PLACE_WIDTH, Math.min(40, width - 76 + PLACE_WIDTH));

function rowLine(row: ScreenRow, isSelected: boolean, view: View, size: ScreenSize, page: Page): string {
  const { place, counter, rate, grown, series } = row;
  const bars = sparkline(series, view.opened === null ? BARS : FEWER_BARS, size.bars);
  const name = printable(counter);
  const where =
    view.opened === null
      ? `${padded(cut(place, placeWidth(size.columns)), placeWidth(size.columns))}  ${name}`
      : `${name.padEnd(19)}  ${meaningOf(counter)?.meaning ?? ''}`;
  const numbers = `${amount(rate).padStart(7)} ${`+${amount(grown)}`.padStart(8)}`;
  const text = cut(`${isSelected ? '>' : ' '}${numbers.slice(1)}  ${bars}  ${where}`, size.columns);
  if (rate === 0) return page.paint('faint', text);
  const weight = weightOf(counter);
  return weight === 'loss'
    ? page.paint('error', text)
    : weight === 'trouble'
      ? page.paint('warning', text)
      : text;
}

function about(row: ScreenRow | undefined, { news }: ScreenState): string {
  if (row === undefined) return news;
  const meaning = meaningOf(row.counter);
  const known = meaning === null ? 'twlint does not know what this counter means' : meaning.meaning;
  return `${printable(row.counter)}: ${known}`;
}

function keys(view: View): string {
  if (view.isTyping) return `filter: ${view.filter}_   (enter: keep it, esc: none)`;
  const filter = view.filter === '' ? '/ filter' : `/ filter (${view.filter})`;
  const open = view.opened === null ? 'enter open' : 'enter close';
  return `up/down select  ${open}  ${filter}  a ${view.isAll ? 'no traffic' : 'traffic, too'}  p ${view.isPaused ? 'go on' : 'pause'}  q quit`;
}

function nothingText({ elapsed }: ScreenState, view: View): string {
  if (elapsed < 1500) return '  the first look is taken ...';
  return view.filter === '' && view.isAll
    ? '  nothing moves'
    : `  nothing of it moves${view.isAll ? '' : ' (a: show traffic, too)'}`;
}

/** Cuts a printable text to a width, by its columns. */
function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let short = shortened(text, width);
  while (columns(short) > width) short = shortened(text, short.length - 1);
  return short;
}
