/** Names that differ by a number alone, as ranges: `web-[01-50]`, as ClusterShell and pdsh write them. */
import { groupBy, groupedBy } from '../grouped-by.ts';

/** The fewest names that a range stands for. */
const LEAST = 3;

interface Numbered {
  before: string;
  digits: string;
  after: string;
}

/** Returns names in order of appearance, each once; runs of numbers as one, where the first of them stood. */
export function nameRanges(names: Iterable<string>): string[] {
  const series = groupedBy(new Set(names), (name) => {
    const parts = numbered(name);
    return JSON.stringify(parts === null ? name : [parts.before, parts.after]);
  });
  return [...series.values()].flatMap((alike) => rangesOf(alike));
}

/** Splits a name at its last number: `s2/init` at the 2. */
function numbered(name: string): Numbered | null {
  const [, before = '', digits = '', after = ''] = /^(.*?)(?<!\d)(\d{1,9})(\D*)$/s.exec(name) ?? [];
  return digits === '' ? null : { before, digits, after };
}

function rangesOf(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => numbered(name) ?? []);
  if (parts.length < LEAST) return [...names];
  // `web-9` and `web-10` are neighbours, and `web-09` and `web-10`, but not `web-9` and `web-010`
  const isPadded = parts.some(({ digits }) => /^0./.test(digits));
  const widths = isPadded ? groupBy(parts, ({ digits }) => digits.length) : [parts];
  return widths.flatMap(runsOf).flatMap((run) => (run.length < LEAST ? run.map(whole) : [rangeOf(run)]));
}

/** Returns numbers in order, those that follow upon each other together. */
function runsOf(parts: readonly Numbered[]): Numbered[][] {
  const runs: Numbered[][] = [];
  for (const part of parts.toSorted((a, b) => Number(a.digits) - Number(b.digits))) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last && Number(part.digits) === Number(last.digits) + 1) run.push(part);
    else runs.push([part]);
  }
  return runs;
}

const whole = ({ before, digits, after }: Numbered): string => `${before}${digits}${after}`;

const rangeOf = (run: readonly Numbered[]): string => {
  const [{ before, digits: from, after }, { digits: to }] = [run[0], run.at(-1)] as [Numbered, Numbered];
  return `${before}[${from}-${to}]${after}`;
};
