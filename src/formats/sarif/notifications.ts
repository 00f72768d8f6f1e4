import type { Location, Notification } from 'sarif';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Gap, Report } from '../../model.ts';
import { keyOf, subjectOf, unseen } from '../arrange.ts';
import { printable, sentence } from '../printable.ts';
import { hostPlace, location } from './locations.ts';
import { plain } from './messages.ts';

type Subject = Pick<Finding, 'host' | 'namespace'>;

/** All that keeps a run from being the whole truth. `cut`: how many results were left out. */
export function notifications(report: Report, cut: number): Notification[] {
  const places = new Map(report.hosts.map((host) => [host.name, hostPlace(host)]));
  const locate = (subject: Subject): Location => location(subject, places.get(subject.host) ?? null);
  return [
    ...(report.interrupted
      ? [notification('interrupted', 'error', 'The run was stopped before everything was looked at.')]
      : []),
    ...(cut > 0
      ? [notification('results-cut', 'warning', `${cut} results were left out, the mildest ones.`)]
      : []),
    ...[...unseen(report), ...report.gaps.filter((gap) => gap.fact !== null)].map((gap) =>
      ofGap(gap, locate),
    ),
    ...undecided(report, locate),
  ];
}

function ofGap(gap: Gap, locate: (subject: Subject) => Location): Notification {
  const what = gap.fact === null ? 'could not be looked at' : `fact ${gap.fact} is missing`;
  const text = `${subjectOf(gap)}: ${sentence(`${what} (${gap.problem}): ${gap.reason}`)}`;
  const id = gap.fact === null ? 'not-reached' : 'fact-missing';
  return { ...notification(id, 'warning', text), locations: [locate(gap)] };
}

/** One for a rule and a reason, with all the subjects. */
function undecided({ findings, rules }: Report, locate: (subject: Subject) => Location): Notification[] {
  const unknown = findings.filter((finding) => finding.verdict === 'unknown');
  return groupBy(unknown, ({ rule, message }) => keyOf(rule, message)).map((findings) => {
    const { rule, message } = findings[0]!;
    // several paths may lead to one subject
    const group = groupBy(findings, ({ host, namespace }) => keyOf(host, namespace)).map(([first]) => first!);
    const text = `${printable(rule)} is undecided on ${group.map(subjectOf).join(', ')}: ${sentence(message)}`;
    return {
      ...notification('rule-undecided', 'note', text),
      associatedRule: { id: printable(rule), index: rules.findIndex(({ id }) => id === rule) },
      locations: group.map(locate),
    };
  });
}

function notification(id: string, level: 'error' | 'warning' | 'note', text: string): Notification {
  return { descriptor: { id }, level, message: { text: plain(text) } };
}
