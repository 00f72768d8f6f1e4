import type { Location, Notification } from 'sarif';
import { unseenSubjects } from '../../evaluate/report-views.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Finding, Gap, Report } from '../../model.ts';
import { compositeKey, subjectOf } from '../arrange.ts';
import { counted, printable, sentence, shortened } from '../printable.ts';
import { hostLocation, location } from './locations.ts';
import { plain } from './messages.ts';

type Subject = Pick<Finding, 'host' | 'namespace'>;

/**
 * Limits for a fleet that is largely unseen, whose file would be little else: GitHub takes 10 MB of compressed file.
 */
const maxSubjects = 20;
const maxNotifications = 1000;
const maxReason = 2000;

/**
 * Reports all that makes a run incomplete; what several hosts or namespaces share is reported once. `cut` is the
 * number of results that were left out.
 */
export function notifications(report: Report, cut: number): Notification[] {
  const places = new Map(report.hosts.map((host) => [host.name, hostLocation(host)]));
  const locate = (subject: Subject): Location => location(subject, places.get(subject.host) ?? null);
  const all = [
    ...(report.interrupted
      ? [notification('interrupted', 'error', 'The run was stopped before everything was looked at.')]
      : []),
    ...(cut > 0
      ? [notification('results-cut', 'warning', `${cut} results were left out, the mildest ones.`)]
      : []),
    ...ofGaps(unseenSubjects(report), locate),
    ...ofGaps(
      report.gaps.filter((gap) => gap.fact !== null),
      locate,
    ),
    ...undecided(report, locate),
    ...pasted(report, locate),
  ];
  if (all.length <= maxNotifications) return all;
  const left = all.length - maxNotifications;
  const message = `${counted(left, 'notification')} like these were left out: all are in -o json.`;
  return [...all.slice(0, maxNotifications), notification('notifications-cut', 'warning', message)];
}

/** Makes one notification for a fact and a reason, with all the subjects. */
function ofGaps(gaps: readonly Gap[], locate: (subject: Subject) => Location): Notification[] {
  return groupBy(gaps, ({ fact, problem, reason }) => compositeKey(fact, problem, reason)).map((group) => {
    const { fact, problem, reason } = group[0];
    const what = fact === null ? 'could not be looked at' : `fact ${fact} is missing`;
    const message = shortened(sentence(`${what} (${problem}): ${reason}`), maxReason);
    const id = fact === null ? 'not-reached' : 'fact-missing';
    return {
      ...notification(id, 'warning', `${namesOf(group)}: ${message}`),
      locations: group.slice(0, maxSubjects).map(locate),
    };
  });
}

/** Makes one notification for a rule and a reason, with all the subjects. */
function undecided({ findings, rules }: Report, locate: (subject: Subject) => Location): Notification[] {
  const unknown = findings.filter((finding) => finding.verdict === 'unknown');
  const places = new Map(rules.map(({ id }, index) => [id, index]));
  return groupBy(unknown, ({ rule, message }) => compositeKey(rule, message)).map((findings) => {
    const { rule, message } = findings[0];
    // several paths may lead to one subject
    const group = groupBy(findings, ({ host, namespace }) => compositeKey(host, namespace)).map(
      ([first]) => first,
    );
    const reason = shortened(sentence(message), maxReason);
    const text = `${printable(rule)} is undecided on ${namesOf(group)}: ${reason}`;
    return {
      ...notification('rule-undecided', 'note', text),
      associatedRule: { id: printable(rule), index: places.get(rule) ?? -1 },
      locations: group.slice(0, maxSubjects).map(locate),
    };
  });
}

/** Makes one notification for each pasted file: what it was taken for, and what was left out of it. */
function pasted({ hosts }: Report, locate: (subject: Subject) => Location): Notification[] {
  return hosts.flatMap(({ name, medium }) =>
    (medium?.files ?? []).map(({ path, takenFor, leftOut }) => {
      const words =
        takenFor.length === 0
          ? `${path}: nothing was read: ${leftOut.join('; ')}`
          : [`${path}: taken for ${takenFor.join(', ')}`, ...leftOut.map((one) => `left out: ${one}`)].join(
              '; ',
            );
      return {
        ...notification('file-read', 'note', shortened(sentence(words), maxReason)),
        locations: [locate({ host: name, namespace: null })],
      };
    }),
  );
}

/** `s1/init, s2/init and 9998 more` */
function namesOf(group: readonly Subject[]): string {
  const names = group.slice(0, maxSubjects).map(subjectOf).join(', ');
  return group.length > maxSubjects ? `${names} and ${group.length - maxSubjects} more` : names;
}

function notification(id: string, level: 'error' | 'warning' | 'note', text: string): Notification {
  return { descriptor: { id }, level, message: { text: plain(text) } };
}
