/** Checks each stage of collecting from a host, by the progress reported on the way and the host's evidence. Pure. */
import { collectors } from '../../collectors/index.ts';
import { privilegeTroubles } from '../../collectors/privilege.ts';
import { missingFacts } from '../../evaluate/facts/missing-facts.ts';
import { compositeKey } from '../../formats/arrange.ts';
import { groupBy } from '../../grouped-by.ts';
import type { Gap, Host, HostEvidence } from '../../model.ts';
import { type Check, failed, passed, STAGES, trouble } from '../../transports/check.ts';
import { BECOME_ROOT, remedyFor } from './remedies.ts';

/** One host and its checks: those of a stage stand together, in the stages' order. */
export interface Examined {
  host: Host;
  checks: Check[];
}

/** Adds a check. A host that is tried again starts over: the checks of an earlier attempt no longer count. */
export function afterCheck(checks: readonly Check[], check: Check): Check[] {
  const place = STAGES.indexOf(check.stage);
  return [...checks.filter(({ stage }) => STAGES.indexOf(stage) < place), check];
}

export function examined(evidence: HostEvidence, connectionChecks: readonly Check[]): Examined {
  const { host, reached } = evidence;
  if (!reached.ok) {
    const hasFailed = connectionChecks.some(({ ok }) => !ok);
    return { host, checks: hasFailed ? [...connectionChecks] : [failed('address', trouble(reached.reason))] };
  }
  const { gaps, namespaces } = missingFacts(evidence, collectors);
  const privilege = evidence.medium === undefined ? privilegeChecks(evidence, gaps) : [];
  // facts denied to a plain user have one remedy, which is reported with the privilege
  const isRootWanted = privilege.some(({ ok }) => !ok);
  const missing = gaps.filter(({ fact }) => fact !== 'privilege');
  return {
    host,
    checks: [...connectionChecks, ...privilege, ...factChecks(missing, namespaces, isRootWanted)],
  };
}

function privilegeChecks({ evidence }: HostEvidence, gaps: readonly Gap[]): Check[] {
  const answerTo = (name: string) =>
    // biome-ignore lint/style/noNonNullAssertion: every host is asked these probes
    evidence.find(({ probe, sample }) => probe === name && sample === 0)!.answer;
  const [user, refusal] = [answerTo('privilege.user'), answerTo('privilege.refusal')];
  if (!user.ok) return [failed('privilege', trouble(user.reason))];
  const troubles = privilegeTroubles(user.value, refusal.ok ? refusal.value : '');
  if (troubles.length > 0) return troubles.map((one) => failed('privilege', one));
  const [uid, name] = user.value.split('\n');
  if (uid === '0') return [passed('privilege', 'as root')];
  const who = `as ${name}, without root`;
  return gaps.some(({ problem }) => problem === 'denied')
    ? [failed('privilege', trouble(who, BECOME_ROOT))]
    : [passed('privilege', who)];
}

/** Checks the facts: one failure for each reason why some can't be collected. */
function factChecks(missing: readonly Gap[], namespaces: number, isRootWanted: boolean): Check[] {
  if (missing.length === 0)
    return [passed('facts', `all ${collectors.size}, in ${namespaces} network ${plural(namespaces)}`)];
  return groupBy(missing, ({ problem, reason }) => compositeKey(problem, reason)).map((group) => {
    const [{ problem, reason, program }] = group;
    const remedy = problem === 'denied' && isRootWanted ? '' : remedyFor(problem, program);
    return failed('facts', trouble(`${placesOf(group)}: ${reason}`, remedy));
  });
}

const plural = (count: number) => (count === 1 ? 'namespace' : 'namespaces');

/** `nat, conntrack`, and where that is not the host's own namespace or more than one, `nat in pod and 3 more` */
function placesOf(gaps: readonly Gap[]): string {
  const names = [...new Set(gaps.flatMap(({ fact }) => fact ?? []))].join(', ');
  const [first, ...more] = [...new Set(gaps.flatMap(({ namespace }) => namespace ?? []))];
  if (first === undefined || (first === 'init' && more.length === 0)) return names;
  return `${names} in ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`;
}
