/** Prints a comparison of two runs: for people, and for a pull request. */
import { CHANGE_KINDS, type Change, type FleetDiff } from '../compare/fleet-diff.ts';
import type { ReportDiff } from '../compare/report-diff.ts';
import type { EarlierFinding } from '../model.ts';
import { printable } from './printable.ts';

/** A comparison: of findings always, of the fleet where both sides are snapshots. */
export interface Diff {
  findings: ReportDiff;
  fleet: FleetDiff | null;
}

interface Section {
  title: string;
  lines: string[];
}

/** Prints for a terminal: titles, and lines below each. */
export function diffText(diff: Diff): string {
  const shown = sections(diff);
  if (shown.length === 0) return 'No difference.\n';
  return shown
    .map(({ title, lines }) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
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
  return shown.map(({ title, lines }) => `### ${title}\n\n${fenced(lines)}`).join('\n');
}

const KIND_TITLES: Record<Change['kind'], string> = {
  host: 'Hosts',
  kernel: 'Kernels',
  namespace: 'Network namespaces',
  setting: 'Settings',
  'nat-rule': 'Rules of NAT',
};

function sections({ findings, fleet }: Diff): Section[] {
  const changes = fleet?.changes ?? [];
  const all: Section[] = [
    { title: 'New findings', lines: findings.new.map(findingLine) },
    {
      title: 'Findings that are not the same',
      lines: findings.changed.flatMap(({ before, after }) => [
        `- ${findingText(before)}`,
        `+ ${findingText(after)}`,
      ]),
    },
    { title: 'Findings that are gone', lines: findings.gone.map(findingLine) },
    { title: 'Findings of which the later run can not tell', lines: findings.unseen.map(findingLine) },
    ...CHANGE_KINDS.map((kind) => ({
      title: KIND_TITLES[kind],
      lines: changes.filter((change) => change.kind === kind).map(changeLine),
    })),
    {
      title: 'Not compared',
      lines: (fleet?.notCompared ?? []).map(({ subject, what, reason }) => `${subject}: ${what}: ${reason}`),
    },
  ];
  return all
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => ({ title: `${title} (${lines.length})`, lines: lines.map(printable) }));
}

const findingText = ({ rule, severity, host, namespace, message }: EarlierFinding): string =>
  `${severity}[${rule}] ${namespace === null ? host : `${host}/${namespace}`}: ${message}`;
const findingLine = (finding: EarlierFinding): string => findingText(finding);

function changeLine({ subject, name, before, after }: Change): string {
  const what = name === '' ? subject : `${subject}  ${name}`;
  if (before === null) return `+ ${what}${after === '' ? '' : ` ${after}`}`;
  if (after === null) return `- ${what}${before === '' ? '' : ` ${before}`}`;
  return `  ${what}  ${before} → ${after}`;
}
