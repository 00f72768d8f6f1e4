/** Prints a comparison of two runs: for people, and for a pull request. */
import { CHANGE_KINDS, type Change, type FleetDiff } from '../compare/fleet-diff.ts';
import { PATH_CHANGE_KINDS, type PathChange } from '../compare/path-changes.ts';
import type { ReportDiff } from '../compare/report-diff.ts';
import type { EarlierFinding } from '../model.ts';
import { PATH_CHANGE_TITLES, pathChangeLines } from './path-changes.ts';
import { printable } from './printable.ts';

/** A comparison: of findings always, of the fleet and what becomes of packets where both sides are snapshots. */
export interface Diff {
  findings: ReportDiff;
  fleet: FleetDiff | null;
  paths: PathChange[] | null;
}

/** Lines about one kind of difference. */
export interface DiffSection {
  title: string;
  /** The number of things that it tells of. */
  count: number;
  lines: string[];
}

/** Prints for a terminal: titles, and lines below each. */
export function diffText(diff: Diff): string {
  const shown = sections(diff);
  if (shown.length === 0) return 'No difference.\n';
  return shown
    .map(({ title, count, lines }) => `${title} (${count})\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('\n');
}

/** Prints Markdown, each line as code: nothing that a host says means anything there. */
export function diffMarkdown(diff: Diff): string {
  const shown = sections(diff);
  if (shown.length === 0) return '### twlint: no difference\n';
  const fenced = (lines: readonly string[]) => {
    const longest = Math.max(
      2,
      ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map(({ length }) => length)),
    );
    const fence = '`'.repeat(longest + 1);
    return `${fence}text\n${lines.join('\n')}\n${fence}\n`;
  };
  return shown.map(({ title, count, lines }) => `### ${title} (${count})\n\n${fenced(lines)}`).join('\n');
}

const KIND_TITLES: Record<Change['kind'], string> = {
  host: 'Hosts',
  kernel: 'Kernels',
  namespace: 'Network namespaces',
  setting: 'Settings',
  'nat-rule': 'Rules of NAT',
};

function sections(diff: Diff): DiffSection[] {
  const ofPaths = PATH_CHANGE_KINDS.map((kind) =>
    section(
      PATH_CHANGE_TITLES[kind],
      (diff.paths ?? []).filter((change) => change.kind === kind),
      pathChangeLines,
    ),
  );
  return [...ofPaths.filter(({ count }) => count > 0), ...otherSections(diff)];
}

/** Returns what is told of all but packets. */
export function otherSections({ findings, fleet }: Diff): DiffSection[] {
  const { changes = [], notCompared = [] } = fleet ?? {};
  return [
    section('New findings', findings.new, findingText),
    section('Findings that are not the same', findings.changed, changedLines),
    section('Findings that are gone', findings.gone, findingText),
    section('Findings of which the later run cannot tell', findings.unseen, findingText),
    ...CHANGE_KINDS.map((kind) =>
      section(
        KIND_TITLES[kind],
        changes.filter((change) => change.kind === kind),
        changeLine,
      ),
    ),
    section('Not compared', notCompared, ({ subject, what, reason }) => `${subject}: ${what}: ${reason}`),
  ].filter(({ count }) => count > 0);
}

function section<T>(title: string, items: readonly T[], print: (item: T) => string | string[]): DiffSection {
  return { title, count: items.length, lines: items.flatMap(print).map(printable) };
}

const findingText = ({ rule, severity, host, namespace, message }: EarlierFinding): string =>
  `${severity}[${rule}] ${namespace === null ? host : `${host}/${namespace}`}: ${message}`;

const changedLines = ({ before, after }: ReportDiff['changed'][number]): string[] => [
  `- ${findingText(before)}`,
  `+ ${findingText(after)}`,
];

function changeLine({ kind, subject, name, before, after }: Change): string {
  const what = name === '' ? subject : `${subject}  ${name}`;
  const value = (text: string) => (text === '' || kind === 'host' ? '' : ` ${text}`);
  if (before === null) return `+ ${what}${value(after ?? '')}`;
  if (after === null) return `- ${what}${value(before)}`;
  return `  ${what}  ${before} → ${after}`;
}
