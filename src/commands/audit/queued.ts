import type { InferredOptionTypes } from 'yargs';
import { collectors } from '../../collectors/index.ts';
import type { Config } from '../../config/config.ts';
import { beginEvaluation, type FleetChecks } from '../../evaluate/report.ts';
import type { LoadedRule } from '../../evaluate/rules/rules.ts';
import type { Host, Report } from '../../model.ts';
import { beginJoining } from '../../parts/joining.ts';
import { abilitiesFor } from '../lib/abilities.ts';
import type { ConnectionArgs } from '../lib/asking-means.ts';
import { fleetOf } from '../lib/fleet.ts';
import { checkQueued, namedQueue } from '../lib/named-queue.ts';
import { duration } from '../lib/option-values.ts';
import type { inventoryOptions } from '../lib/options.ts';
import type { queueOptions } from '../lib/queue-options.ts';
import { retryFile } from '../lib/retry-file.ts';
import { tool } from '../lib/tool.ts';
import type { World } from '../lib/world.ts';
import { runQueued } from './queued-run.ts';

type Args = InferredOptionTypes<typeof inventoryOptions> &
  Omit<InferredOptionTypes<typeof queueOptions>, 'queue'> &
  ConnectionArgs & { queue: string; resume?: string | undefined };

/** What came of the hosts. */
export interface Looked {
  report: Report;
  hosts: readonly { host: Host }[];
  /** Gives up what was kept in case that the report can't be written. */
  forget(): Promise<void>;
}

/** Audits the hosts of an inventory by the workers of a queue. */
export async function auditByWorkers(
  rules: readonly LoadedRule[],
  checks: FleetChecks | null,
  args: Args,
  world: World,
  config: Config,
): Promise<Looked> {
  checkQueued(args, config);
  const queue = namedQueue(args, world);
  const unreached = args['retry-file'] === undefined ? null : retryFile(args['retry-file'], world);
  const fleet = await fleetOf(args, world);
  if (args.interval !== undefined) duration('interval', args.interval);
  const joining = beginJoining(rules, collectors, tool(), checks);
  const audit = {
    queue,
    abilities: abilitiesFor(queue.key, fleet, rules, args),
    targets: fleet.targets,
    evaluation: beginEvaluation(rules, collectors, tool()),
    joining,
    resume: args.resume ?? null,
    quiet: args.quiet,
  };
  const run = await runQueued(audit, world);
  unreached?.write(run.missed);
  return { report: joining.report(run), hosts: joining.hosts(), forget: run.forget };
}
