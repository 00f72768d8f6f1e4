/** Finds where the lines of changed answers stand: in the proposal that brought them, else where the host printed them. */
import type { Collector } from '../define.ts';
import { groupedBy } from '../grouped-by.ts';
import { placeOfLine } from '../host/pieces.ts';
import type { Evidence, HostEvidence } from '../model.ts';
import { asObject, tagged } from '../network/nft/values.ts';
import { withoutCounters } from '../network/rule-parts.ts';
import { listedRows } from './nft-text.ts';
import type { Proposal } from './proposal.ts';

/** A line of a file, or of what a command printed. */
interface Place {
  origin: string;
  line: number;
}

/** A line of an answer, without what no proposal says of it, and where it stands. */
interface Row {
  text: string;
  place: Place;
}

/** Returns the place of a line of the changed answers; other lines stand where they are. */
type ProposedPlace = (line: Place) => Place;

/**
 * @param states what the host says, at first and after each proposal
 * @param inode the namespace in which changes are made
 */
export function proposedPlaces(
  states: readonly HostEvidence[],
  inode: string,
  proposals: readonly Proposal[],
  collectors: ReadonlyMap<string, Collector>,
): ProposedPlace {
  // of rulesets of very many rules it takes as long as the change itself: where no line is shown, nobody needs it
  let known: ReadonlyMap<string, Row[]> | null = null;
  return (line) => {
    known ??= rowsAfter(states, inode, proposals, collectors);
    return known.get(line.origin)?.[line.line - 1]?.place ?? line;
  };
}

/** Returns the lines of changed answers by the names that those have. */
function rowsAfter(...[states, inode, proposals, collectors]: Parameters<typeof proposedPlaces>) {
  const known = new Map<string, Row[]>();
  for (const [i, proposal] of proposals.entries()) {
    const before = states[i]?.evidence ?? [];
    for (const { probe, namespace, sample, answer, origin: file } of states[i + 1]?.evidence ?? []) {
      if (sample !== 0 || (namespace !== null && namespace !== inode)) continue;
      const [id = '', name = ''] = probe.split('.');
      const origin = file ?? collectors.get(id)?.probes[name]?.origin ?? probe;
      const old = before.find((one) => isSameProbe(one, { probe, namespace, sample }));
      if (!answer.ok) known.delete(origin);
      if (!answer.ok || (old?.answer.ok && old.answer.value === answer.value)) continue;
      const rows = known.get(origin) ?? (old ? rowsOf(old, origin) : []);
      known.set(origin, carried(rows, answer.value, proposal));
    }
  }
  return known;
}

type Asked = Pick<Evidence, 'probe' | 'namespace' | 'sample'>;
const isSameProbe = (a: Asked, b: Asked): boolean =>
  a.probe === b.probe && a.namespace === b.namespace && a.sample === b.sample;

function rowsOf({ probe, answer, pieces }: Evidence, origin: string): Row[] {
  if (!answer.ok) return [];
  const rows = probe === 'nat.nftables' ? listedRows(answer.value) : plainRows(answer.value);
  return rows.map(({ text, line }) => ({
    text,
    place: (pieces && placeOfLine(pieces, line)) ?? { origin, line },
  }));
}

const plainRows = (text: string) => linesIn(text).map((row, i) => ({ text: row, line: i + 1 }));

/** Objects of nft stand on lines of their own, with commas between them. */
const linesIn = (text: string): string[] =>
  text.split('\n').map((line) => {
    if (!line.startsWith('{')) return withoutCounters(line);
    return line.endsWith('},') ? line.slice(0, -1) : line;
  });

/** What both have at their beginning and end has stayed, and of the rest what is the same, in order. */
function carried(old: readonly Row[], text: string, proposal: Proposal): Row[] {
  const lines = linesIn(text);
  let start = 0;
  while (start < lines.length && old[start]?.text === lines[start]) start++;
  let end = 0;
  while (
    end < lines.length - start &&
    end < old.length - start &&
    old.at(-1 - end)?.text === lines.at(-1 - end)
  )
    end++;
  const left = inOrder(old.slice(start, old.length - end));
  const proposed = proposedIn(proposal);
  const middle = lines
    .slice(start, lines.length - end)
    .map((line) => left(line) ?? { text: line, place: proposed(line) });
  return [...old.slice(0, start), ...middle, ...old.slice(old.length - end)];
}

/** Finds rows by their texts, each behind the one before. */
function inOrder(rows: readonly Row[]): (text: string) => Row | null {
  const byText = groupedBy(
    rows.map((row, at) => ({ row, at })),
    ({ row }) => row.text,
  );
  let from = 0;
  return (text) => {
    const next = byText.get(text)?.find(({ at }) => at >= from);
    if (next) from = next.at + 1;
    return next?.row ?? null;
  };
}

/** Finds lines in a proposal: a file has several, and says those that are alike one after the other. */
function proposedIn(proposal: Proposal): (line: string) => Place {
  const { kind, source } = proposal;
  const { file: origin, line } = source;
  const rows = 'text' in proposal ? linesIn(proposal.text) : [];
  let from = 0;
  return (text) => {
    const wanted = kind === 'nft' || kind === 'nft-file' ? writtenAs(text) : text;
    const after = rows.indexOf(wanted, from);
    const at = after < 0 ? rows.indexOf(wanted) : after;
    from = Math.max(from, at + 1);
    return { origin, line: line + Math.max(0, at) };
  };
}

/** Of an object of nft that a proposal brought, as that has it. */
function writtenAs(line: string): string {
  if (!/^\{.*\}$/.test(line)) return line;
  const text = asObject(tagged(JSON.parse(line))[1])?.text;
  return typeof text === 'string' ? text : line;
}
