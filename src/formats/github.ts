import { groupedBy } from '../grouped-by.ts';
import type { Report, Severity } from '../model.ts';
import type { Alike } from './alike.ts';
import { subjectOf } from './arrange.ts';
import { rootCauses } from './causes.ts';
import type { Format } from './format.ts';
import { withoutLogCommands } from './log-commands.ts';
import { nameRanges } from './name-ranges.ts';
import { counted, printable, sentence, shortened } from './printable.ts';
import { repositoryPlaces } from './repository.ts';
import { reportedFindings } from './text/reported.ts';

const KINDS: Record<Severity, string> = { error: 'error', warning: 'warning', note: 'notice' };

/** GitHub shows ten annotations of a kind and a step, and of a step's others it says nothing. */
const MOST_OF_A_KIND = 10;
const MOST_CHARACTERS = 2000;

/** An annotation of a workflow run. */
interface Annotation {
  kind: string;
  properties: Record<string, string | number>;
  text: string;
}

/**
 * Commands of a workflow that annotate the host's line in the inventory: findings alike of many hosts once, and the last
 * of a kind tells how many are left. What a host says can end no command and begin none.
 */
export const github: Format = function* (report) {
  for (const [kind, annotations] of groupedBy(annotationsOf(report), ({ kind }) => kind)) {
    const shown =
      annotations.length > MOST_OF_A_KIND ? annotations.slice(0, MOST_OF_A_KIND - 1) : annotations;
    for (const annotation of shown) yield command(annotation);
    const left = annotations.length - shown.length;
    const text = `${left} more of this kind: they are in the other formats of this report`;
    if (left > 0) yield command({ kind, properties: { title: 'twlint' }, text });
  }
};

function* annotationsOf(report: Report): Generator<Annotation> {
  const placeOf = repositoryPlaces(report);
  const titles = new Map(report.rules.map(({ id, title }) => [id, sentence(title)]));
  const groups = reportedFindings(report, { all: false }).reported.flatMap((rule) => rule.groups);
  const isKnown = ({ findings: [first] }: Alike) => Number(first.baseline === 'known');
  // what is new is not among those that GitHub leaves out
  for (const { findings } of groups.toSorted((a, b) => isKnown(a) - isKnown(b))) {
    const [first] = findings;
    const { file, line, column } = placeOf(first);
    const names = nameRanges(findings.map(subjectOf));
    const subjects =
      names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
    yield {
      kind: KINDS[first.severity],
      properties: { file, line, col: column, title: `${first.rule}: ${titles.get(first.rule) ?? ''}` },
      text: `${first.baseline === 'new' ? 'new on ' : ''}${subjects}: ${sentence(first.message) || 'fails'}`,
    };
  }
  for (const { subjects, reason, checks } of rootCauses(report))
    yield {
      kind: KINDS.warning,
      properties: { title: 'Could not be looked at' },
      text: `${nameRanges(subjects).slice(0, 5).join(', ')}: ${reason}${checks > 0 ? `, ${counted(checks, 'check')}` : ''}`,
    };
}

/** `::error file=hosts.yaml,line=4::text`; escaped as actions/toolkit does, packages/core/src/command.ts. */
function command({ kind, properties, text }: Annotation): string {
  const listed = Object.entries(properties).map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${kind} ${listed.join(',')}::${data(text)}\n`;
}

const data = (text: string): string =>
  withoutLogCommands(shortened(printable(text), MOST_CHARACTERS)).replaceAll('%', '%25');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
