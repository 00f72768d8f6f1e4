import type { Collector } from '../define.ts';
import { UserError } from '../errors.ts';
import type { HostResult } from '../evaluate/host.ts';
import { beginEvaluation, type FleetChecks } from '../evaluate/report.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import type { FleetRun, Report } from '../model.ts';
import { checkFindings } from './held-to-rules.ts';
import type { HostPart } from './host-part.ts';

/** The joining of parts of hosts, which come in any order, to the report of one run over all of them. */
export interface Joining {
  /** Takes the part of a host, of which the answers are not held. Throws a UserError where it does not fit. */
  add(part: HostPart, where: string): void;
  /** The hosts whose parts came, in their order. */
  hosts(): HostResult[];
  report(run: Omit<FleetRun<unknown>, 'hosts'>): Report;
}

const ONCE = 'a run has each host once: audit the hosts of this part again';

export function beginJoining(
  rules: readonly LoadedRule[],
  collectors: ReadonlyMap<string, Collector>,
  tool: Report['tool'],
  checks: FleetChecks | null = null,
): Joining {
  const evaluation = beginEvaluation(rules, collectors, tool, checks);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const placed = new Map<number, HostResult>();
  const names = new Map<string, string>();
  const hosts = () => [...placed].sort(([a], [b]) => a - b).map(([, host]) => host);
  return {
    add(part, where) {
      const { name } = part.host;
      const before = names.get(name);
      if (before !== undefined)
        throw new UserError(`${where}: host ${name} is in ${before}, too`, { hint: ONCE });
      const other = placed.get(part.position);
      if (other !== undefined)
        throw new UserError(`${where}: host ${name} has the place of ${other.host.name}`, { hint: ONCE });
      checkFindings(part, byId, where);
      names.set(name, where);
      const { position, ...half } = part;
      placed.set(position, evaluation.rest(half));
    },
    hosts,
    report: ({ startedAt, finishedAt, interrupted }) =>
      evaluation.report({ startedAt, finishedAt, interrupted, hosts: hosts() }),
  };
}
