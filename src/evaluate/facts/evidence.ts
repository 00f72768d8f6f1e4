import type { Line } from '../../model.ts';
import type { Read, ReadPath } from '../expression/reads.ts';
import type { Facts } from './facts.ts';

/** Lines shown for one key that a rule reads. */
const MOST = 8;

/** A list, and whether what a rule asserts of all its items holds for each. */
export interface FailingItems {
  list: ReadPath;
  holds: readonly unknown[];
}

/** The lines of every key that was read, in the order of reading, each once; of a list, those of the failing items. */
export function evidenceFor(
  reads: readonly Read[],
  facts: Facts,
  failing: FailingItems | null = null,
): Line[] {
  const shown = new Map<string, Line>();
  for (const { fact, keys } of reads) {
    const known = facts.get(fact);
    const lines = known?.ok ? (known.parsed.lines ?? {}) : {};
    for (const key of keys) {
      const found = (Object.hasOwn(lines, key) ? lines[key] : null) ?? [];
      const all = Array.isArray(found) ? found : [found];
      const shownLines = isListOf(failing, fact, key) ? linesOfFailing(all, failing) : all;
      for (const line of few(shownLines).map(plainLine)) shown.set(JSON.stringify(line), line);
    }
  }
  return [...shown.values()];
}

const isListOf = (failing: FailingItems | null, fact: string, key: string): failing is FailingItems =>
  failing?.list[0] === fact && failing.list.at(-1) === key;

/** Finds a line of evidence for each item, where each has one. */
function linesOfFailing(lines: readonly Line[], { holds }: FailingItems): readonly Line[] {
  return lines.length === holds.length ? lines.filter((_, i) => holds[i] === false) : lines;
}

/** Characters of a line that are shown: a host may write them without end. */
const LONGEST = 4000;

/** Cuts off half a character at the end. */
const whole = (text: string) => text.replace(/[\ud800-\udbff]$/, '');

/**
 * Returns a line as a report has it: short, and without what its collector knows of it beside, which readers are not
 * promised, and which would make two of what is alike.
 */
export function plainLine({ origin, line, text, remark }: Line): Line {
  const left = text.length - LONGEST;
  const short = left > 0 ? `${whole(text.slice(0, LONGEST))} … and ${left} more characters` : text;
  return { origin, line, text: short, ...(remark !== undefined && { remark }) };
}

function few(lines: readonly Line[]): readonly Line[] {
  const [first] = lines;
  if (first === undefined || lines.length <= MOST) return lines;
  const more = { origin: first.origin, line: 0, text: `... and ${lines.length - MOST} more` };
  return [...lines.slice(0, MOST), more];
}
