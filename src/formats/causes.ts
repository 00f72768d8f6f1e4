/** The root causes of what could not be looked at: a host without sudo is one, and not each of the facts that it lacks. */
import { unseenSubjects } from '../evaluate/report-views.ts';
import { groupBy, groupedBy } from '../grouped-by.ts';
import type { Finding, Gap, Report } from '../model.ts';
import { shapeOf } from './alike.ts';
import { subjectOf } from './arrange.ts';
import { counted, sentence } from './printable.ts';

/** A cause, and what it costs. */
export interface RootCause {
  /** The hosts, or the namespaces of one, that it is about, printable. */
  subjects: string[];
  /** The cause in words; those of the first subject, where others have names and numbers of their own. */
  reason: string;
  isSame: boolean;
  /** The facts that are missing or not whole. */
  facts: string[];
  /** The number of checks that are undecided for it. A check that lacks several things counts for the first. */
  checks: number;
}

/** A cause on one host. */
interface HostCause {
  subject: Pick<Finding, 'host' | 'namespace'>;
  reason: string;
  gaps: Gap[];
  checks: number;
}

/** Returns what could not be looked at by root cause: whole hosts first, then what costs most. */
export function rootCauses(report: Report): RootCause[] {
  const gaps = groupedBy([...unseenSubjects(report), ...report.gaps.filter(isOfFact)], ({ host }) => host);
  const undecided = groupedBy(
    report.findings.filter(({ verdict, waiver }) => verdict === 'unknown' && waiver === undefined),
    ({ host }) => host,
  );
  const hosts = new Set([...report.hosts.map(({ name }) => name), ...gaps.keys(), ...undecided.keys()]);
  const causes = [...hosts].flatMap((host) => causesOn(gaps.get(host) ?? [], undecided.get(host) ?? []));
  const alike = groupBy(causes, ({ reason, subject }) => shapeOf(reason, subject)).map((group) => ({
    subjects: [...new Set(group.map(({ subject }) => subjectOf(subject)))],
    reason: group[0].reason,
    isSame: group.every(({ reason }) => reason === group[0].reason),
    facts: [...new Set(group.flatMap(({ gaps }) => gaps.flatMap(({ fact }) => fact ?? [])))],
    checks: group.reduce((sum, { checks }) => sum + checks, 0),
  }));
  return alike.sort((a, b) => isOfSome(a) - isOfSome(b) || b.checks - a.checks);
}

/** 0 for what hides whole hosts, which comes first, else 1. */
const isOfSome = ({ facts, checks }: RootCause): number => (facts.length + checks > 0 ? 1 : 0);

const isOfFact = ({ fact }: Gap): boolean => fact !== null;

function causesOn(gaps: readonly Gap[], undecided: readonly Finding[]): HostCause[] {
  const causes = [...causesOfSubjects(gaps), ...rights(gaps), ...others(gaps)];
  for (const finding of undecided) {
    const cause = causes.find((one) => explains(one, finding)) ?? ownCause(finding);
    cause.checks += 1;
    if (!causes.includes(cause)) causes.push(cause);
  }
  return causes;
}

const reasonOf = ({ problem, reason }: Gap): string => sentence(`${problem}: ${reason}`);

/** Returns the host, or the namespaces of it, that could not be looked at. */
const causesOfSubjects = (gaps: readonly Gap[]): HostCause[] =>
  gaps
    .filter((gap) => gap.fact === null)
    .map((gap) => ({ subject: gap, reason: reasonOf(gap), gaps: [gap], checks: 0 }));

const isOfRights = ({ fact, problem }: Gap): boolean => fact === 'privilege' || problem === 'denied';

/** Returns the lack of rights: one cause, however many things nobody but root may read. */
function rights(gaps: readonly Gap[]): HostCause[] {
  const denied = gaps.filter((gap) => isOfFact(gap) && isOfRights(gap));
  const [first] = denied.toSorted((a, b) => Number(b.fact === 'privilege') - Number(a.fact === 'privilege'));
  if (first === undefined) return [];
  const reasons = new Set(denied.map(({ reason }) => reason));
  const more =
    first.fact === 'privilege' || reasons.size === 1 ? '' : `, and ${reasons.size - 1} more like it`;
  const reason = first.fact === 'privilege' ? sentence(first.reason) : `${reasonOf(first)}${more}`;
  return [{ subject: { host: first.host, namespace: null }, reason, gaps: denied, checks: 0 }];
}

/** Returns the other causes, each with the gaps that only tell of it. */
function others(gaps: readonly Gap[]): HostCause[] {
  const facts = gaps.filter(isOfFact);
  const isRoot = (gap: Gap) =>
    !facts.some((other) => other.reason !== gap.reason && quotes(gap.reason, other));
  const roots = facts.filter((gap) => !isOfRights(gap) && isRoot(gap));
  return groupBy(roots, reasonOf).map((group) => ({
    subject: { host: group[0].host, namespace: null },
    reason: reasonOf(group[0]),
    gaps: [...group, ...facts.filter((gap) => !isRoot(gap) && quotes(gap.reason, group[0]))],
    checks: 0,
  }));
}

const quotes = (text: string, { reason }: Gap): boolean => reason !== '' && text.includes(reason);

/** Tells whether a check lacks what the cause took away: it quotes the reason, or names the fact. */
function explains({ gaps }: HostCause, { message }: Finding): boolean {
  const words = new Set(message.split(/\W+/));
  return gaps.some((gap) => quotes(message, gap) || (gap.fact !== null && words.has(gap.fact)));
}

const ownCause = (finding: Finding): HostCause => ({
  subject: { host: finding.host, namespace: null },
  reason: sentence(finding.message) || 'it is not said why',
  gaps: [],
  checks: 0,
});

/** `487 checks`: the cost of a cause; '' where no check is undecided for it alone, as nothing was tried. */
export const checksLost = ({ checks }: RootCause): string => (checks > 0 ? counted(checks, 'check') : '');

/** Says that the reason is that of the first of several subjects. */
export const reservation = ({ subjects: [first], isSame }: RootCause): string =>
  isSame ? '' : ` (${first}; the others alike)`;
