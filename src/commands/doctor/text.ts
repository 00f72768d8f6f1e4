/** Prints the findings of `twlint doctor` for people: a page for one host, a line each for several. */
import { printable, sentence, shortened } from '../../formats/printable.ts';
import { columns, hanging, type Page, padded } from '../../formats/text/page.ts';
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

/** The first thing that is wrong with each host, and what to do about it. */
function table(hosts: readonly Examined[], page: Page): string[] {
  const rows = hosts.map(({ host, checks }) => ({
    name: printable(host.name),
    wrong: checks.find(({ ok }) => !ok) ?? null,
  }));
  const names = Math.min(24, Math.max(4, ...rows.map(({ name }) => columns(name))));
  const stages = Math.max(5, ...rows.map(({ wrong }) => wrong?.stage.length ?? 0));
  const rest = page.width - names - stages - 6;
  const what = Math.floor(rest * 0.5);
  const cut = (text: string, width: number) => padded(shortened(sentence(text), width), width);
  const row = (name: string, stage: string, detail: string, remedy: string) =>
    [cut(name, names), padded(stage, stages), cut(detail, what), shortened(remedy, rest - what)]
      .join('  ')
      .trimEnd();
  const good = rows.filter(({ wrong }) => wrong === null).length;
  return [
    page.paint('strong', row('HOST', 'STAGE', 'WHAT IS WRONG', 'WHAT TO DO')),
    ...rows.map(({ name, wrong }) =>
      wrong === null ? row(name, 'ok', '', '') : row(name, wrong.stage, wrong.detail, sentence(wrong.remedy)),
    ),
    '',
    `${good} of ${hosts.length} hosts can be looked at whole.${good < hosts.length ? ' All of one: twlint doctor ... HOST' : ''}`,
  ];
}
