import type { Collector } from '../../define.ts';
import { groupBy } from '../../grouped-by.ts';
import { readHost } from '../../host/host-model.ts';
import type { Finding, HostEvidence, Report, RuleInfo, Snapshot } from '../../model.ts';
import { inSafeOrder } from '../../network/sysctl/order.ts';
import { buildVocabulary } from '../expression/vocabulary.ts';
import { defects, joinedFix, unseenSubjects } from '../report-views.ts';
import { type Subject, subjectsOf } from '../subjects.ts';
import { isBuiltIn } from './finding-fix.ts';
import type { Cause, HostRemedies, Remedies, RemedyStep } from './remedy.ts';
import { linesThatSet, settingFrom } from './remedy-settings.ts';

/** Facts with the settings in force now, those of the next boot, and the modules that settings come with. */
export const REMEDY_FACTS = ['sysctl', 'sysctl_boot', 'modules'];

/** Returns the remedies for the findings of a report. Pure. */
export function planRemedies(
  snapshot: Snapshot,
  report: Report,
  collectors: ReadonlyMap<string, Collector>,
): Remedies {
  const wanted = new Set([...REMEDY_FACTS, 'kernel', 'namespaces']);
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  const findings = groupBy(defects(report), ({ host }) => host);
  const hosts = snapshot.hosts.flatMap((evidence) => {
    const own = findings.find(([first]) => first.host === evidence.host.name);
    if (own === undefined) return [];
    const subjects = subjectsOf(readHost(evidence), wanted, buildVocabulary(collectors));
    return [hostRemedies(evidence, own, subjects, rules)];
  });
  const undecided = report.findings.filter(({ verdict }) => verdict === 'unknown').length;
  const { tool, startedAt, interrupted } = report;
  return { tool, startedAt, interrupted, unknown: undecided + unseenSubjects(report).length, hosts };
}

/** A finding's wish for one subject: the host, or a namespace of its own. */
interface Task {
  finding: Finding;
  /** The rule, with the fix that this finding needs. */
  rule: RuleInfo;
  /** Null: the host and its own namespace. */
  namespace: string | null;
  keys: string[];
}

function hostRemedies(
  { host, medium }: HostEvidence,
  findings: readonly Finding[],
  subjects: ReturnType<typeof subjectsOf>,
  rules: ReadonlyMap<string, RuleInfo>,
): HostRemedies {
  // biome-ignore lint/style/noNonNullAssertion: a report's findings are of its rules
  const ruleOf = ({ rule }: Finding) => rules.get(rule)!;
  const tasks = findings.flatMap((finding) => {
    const rule = ruleOf(finding);
    return tasksOf(finding, { ...rule, fix: finding.fix ?? rule.fix }, subjects);
  });
  const [above, ...namespaces] = subjects;
  const init = namespaces.find(isInit) ?? above;
  const stepsIn = (namespace: string | null, subject: Subject) =>
    stepsOf(
      tasks.filter((task) => task.namespace === namespace),
      subject,
    );
  return {
    host: host.name,
    source: host.source,
    ...(medium?.kind === 'image' && { image: true }),
    steps: stepsIn(null, init),
    namespaces: namespaces
      .filter((subject) => tasks.some(({ namespace }) => namespace === subject.namespace))
      .map((subject) => ({
        // biome-ignore lint/style/noNonNullAssertion: only the host has none
        name: subject.namespace!,
        path: pathOf(subject),
        steps: stepsIn(subject.namespace, subject),
      })),
  };
}

const isInit = ({ facts }: Subject): boolean => {
  const netns = facts.get('netns');
  return netns?.ok === true && (netns.parsed.value as { init: boolean }).init;
};

function pathOf({ namespace, facts }: Subject): string | null {
  const known = facts.get('namespaces');
  // biome-ignore lint/style/noNonNullAssertion: only the host has none
  const line = known?.ok ? known.parsed.lines?.[namespace!] : undefined;
  return [line ?? []].flat()[0]?.origin ?? null;
}

/** A namespace's own settings belong to it; those that are one for the whole kernel, to the host. */
function tasksOf(finding: Finding, rule: RuleInfo, subjects: readonly Subject[]): Task[] {
  const { sysctl, atLeast, adds } = rule.fix;
  const keys = Object.keys({ ...sysctl, ...atLeast, ...adds });
  const subject = subjects.find(({ namespace }) => namespace === finding.namespace);
  const task = { finding, rule };
  if (subject === undefined || subject.scope === 'host' || isInit(subject))
    return [{ ...task, namespace: null, keys: [...keys, ...onlyRemoved(rule, keys, subject)] }];
  const sysctls = subject.facts.get('sysctl');
  const inherited = sysctls?.ok ? (sysctls.parsed.inherited ?? []) : [];
  const ofHost = keys.filter((key) => inherited.includes(key));
  const own = keys.filter((key) => !inherited.includes(key));
  return [
    ...(ofHost.length > 0 ? [{ ...task, namespace: null, keys: ofHost }] : []),
    ...(own.length > 0 || ofHost.length === 0 ? [{ ...task, namespace: subject.namespace, keys: own }] : []),
  ];
}

/** Returns the settings that files should make no longer, and that nothing else becomes of. */
function onlyRemoved({ fix }: RuleInfo, keys: readonly string[], subject: Subject | undefined): string[] {
  const removed = (fix.removes ?? []).filter((key) => !keys.includes(key));
  return removed.filter((key) => subject !== undefined && linesThatSet(key, subject).length > 0);
}

/** Groups tasks: keys that the same rules ask for make one step; rules that ask for none come last, worst first. */
function stepsOf(tasks: readonly Task[], subject: Subject): RemedyStep[] {
  const keys = [...new Set(tasks.flatMap((task) => task.keys))].sort(inSafeOrder);
  const asking = (key: string) => causesOf(tasks.filter((task) => task.keys.includes(key)));
  const groups = groupBy(keys, (key) => JSON.stringify(asking(key).map(({ rule }) => rule.id)));
  const words = causesOf(tasks.filter((task) => task.keys.length === 0));
  const wanted = new Set<string>();
  const modulesOf = (causes: readonly Cause[]) =>
    causes
      .flatMap(({ rule }) => rule.fix.modules ?? [])
      .filter((name) => !isBuiltIn(name, subject) && !wanted.has(name) && wanted.add(name));
  return [
    ...groups.map((group) => {
      const causes = asking(group[0]);
      const fixes = tasks.filter(({ keys }) => keys.includes(group[0])).map(({ rule }) => rule);
      const settings = group.map((key) => settingFrom(key, fixes, subject));
      return { causes, modules: modulesOf(causes), settings };
    }),
    ...words.map((cause) => ({ causes: [cause], modules: modulesOf([cause]), settings: [] })),
  ];
}

/** Returns each rule once, with all its places. */
function causesOf(tasks: readonly Task[]): Cause[] {
  return groupBy(tasks, ({ rule }) => rule.id).map((group) => ({
    rule: {
      ...group[0].rule,
      fix: joinedFix(
        group[0].rule.fix,
        group.slice(1).map(({ rule }) => rule.fix),
      ),
    },
    severity: group[0].finding.severity,
    places: [...new Set(group.map(({ finding }) => finding.namespace ?? ''))],
  }));
}
