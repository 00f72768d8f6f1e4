/** Prints the findings of `twlint doctor` for people: a page for one host, a row each for several. */
import { printable, sentence } from '../../formats/printable.ts';
import { columns, hanging, type Page, padded, withoutPaste, wrap } from '../../formats/text/page.ts';
import { type Check, STAGES } from '../../transports/check.ts';
import type { Examined } from './checks.ts';

const STAGE_WIDTH = Math.max(...STAGES.map(({ length }) => length));

export function doctorText(hosts: readonly Examined[], page: Page): string {
  const [first, ...others] = hosts;
  const lines = first !== undefined && others.length === 0 ? onePage(first, page) : table(hosts, page);
  return `${lines.join('\n')}\n`;
}

/** Every stage, in order; below a stage that went wrong, the remedy. */
function onePage({ host, checks }: Examined, page: Page): string[] {
  const place = `${host.source.file}:${host.source.line}`;
  return [
    `${page.paint('strong', printable(host.name))}  ${page.paint('faint', printable(place))}`,
    ...checks.flatMap((check, i) => checkLines(check, check.remedy === checks[i + 1]?.remedy, page)),
    ...notReached(checks).map((stage) => page.paint('faint', `  -     ${stage}`)),
  ];
}

function notReached(checks: readonly Check[]): readonly string[] {
  const last = checks.at(-1);
  return STAGES.slice(last === undefined ? 0 : STAGES.indexOf(last.stage) + 1);
}

/** Several things with one remedy have it below the last of them. */
function checkLines({ stage, ok, detail, remedy }: Check, isRepeated: boolean, page: Page): string[] {
  const label = `  ${ok ? 'ok  ' : 'FAIL'}  ${padded(stage, STAGE_WIDTH)}  `;
  const lines = hanging(label, sentence(detail), page.width);
  const mark = label.slice(2, 6);
  const painted = lines.map((line, i) =>
    i === 0 ? line.replace(mark, page.paint(ok ? 'good' : 'error', mark)) : line,
  );
  if (remedy === '' || isRepeated) return painted;
  const indent = ' '.repeat(columns(label));
  return [...painted, ...hanging(`${indent}=> `, sentence(remedy), page.width)];
}

/** The first thing that is wrong with each host, and what to do about it: all of it, on as many lines as that takes. */
function table(hosts: readonly Examined[], page: Page): string[] {
  const rows = hosts.map(({ host, checks }) => {
    const wrong = checks.find(({ ok }) => !ok);
    const { stage, detail, remedy } = wrong ?? { stage: 'ok', detail: '', remedy: '' };
    return { name: printable(host.name), stage, detail: sentence(detail), remedy: sentence(remedy) };
  });
  const names = Math.min(24, Math.max(4, ...rows.map(({ name }) => columns(name))));
  const stages = Math.max(5, ...rows.map(({ stage }) => stage.length));
  const rest = page.width - names - stages - 6;
  const widths = [names, stages, Math.floor(rest * 0.5), Math.ceil(rest * 0.5)];
  const good = rows.filter(({ stage }) => stage === 'ok').length;
  const lines = (row: Row) => (rest < LEAST_FOR_TEXT ? stacked(row, page) : beside(row, widths));
  return [
    page.paint('strong', lines(HEAD)[0] ?? ''),
    ...rows.flatMap(lines),
    '',
    ...wrap(
      `${good} of ${hosts.length} hosts can be looked at whole.${good < hosts.length ? ' All of one: twlint doctor ... HOST' : ''}`,
      page.width,
    ),
  ];
}

interface Row {
  name: string;
  stage: string;
  detail: string;
  remedy: string;
}

const HEAD: Row = { name: 'HOST', stage: 'STAGE', detail: 'WHAT IS WRONG', remedy: 'WHAT TO DO' };

/** The fewest columns for two texts beside each other. */
const LEAST_FOR_TEXT = 48;

/** Each text in a column of its own; a line to paste below them, whole. */
function beside({ name, stage, detail, remedy }: Row, widths: readonly number[]): string[] {
  const { text, paste } = withoutPaste(remedy);
  const cells = [name, stage, detail, text].map((cell, i) => wrap(cell, widths[i] ?? 0));
  const height = Math.max(...cells.map(({ length }) => length));
  const lines = Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, i) => padded(cell[line] ?? '', widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return paste === null ? lines : [...lines, paste];
}

/** The layout for a narrow screen: the texts stand below each other. */
function stacked({ name, stage, detail, remedy }: Row, page: Page): string[] {
  return [
    ...wrap(`${name}  ${stage}`, page.width),
    ...(detail === '' ? [] : hanging('  ', detail, page.width)),
    ...(remedy === '' ? [] : hanging('  => ', remedy, page.width)),
  ];
}
