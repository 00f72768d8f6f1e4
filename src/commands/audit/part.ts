/** An audit of a part of a fleet, for `twlint merge`. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import type { Take } from '../../collect/fleet.ts';
import type { Plan } from '../../collect/plan.ts';
import { collectors } from '../../collectors/index.ts';
import { UserError } from '../../errors.ts';
import { beginEvaluation, type FleetChecks } from '../../evaluate/report.ts';
import type { LoadedRule } from '../../evaluate/rules/rules.ts';
import type { Host } from '../../model.ts';
import { digestOfRules } from '../../parts/audited-by.ts';
import { beginPart, readHead } from '../../parts/part-file.ts';
import { fleetNamed, partHead } from '../../parts/part-head.ts';
import type { verdictOptions } from '../lib/options.ts';
import { runOver, type SourceArgs } from '../lib/sources.ts';
import { tool } from '../lib/tool.ts';
import { exit, type World } from '../lib/world.ts';
import type { WantedPart } from './part-wanted.ts';

type Args = SourceArgs & Pick<InferredOptionTypes<typeof verdictOptions>, 'allow-incomplete'>;

/** Tries the rules about one host on each host of the part, and keeps what those across hosts need. */
export async function auditPart(
  { shard, path, named }: WantedPart,
  about: {
    rules: readonly LoadedRule[];
    /** The checks that `twlint merge` will make: what these need is kept. */
    checks: FleetChecks | null;
    plan: Plan;
    args: Args;
    world: World;
  },
): Promise<number> {
  const { rules, checks, plan, args, world } = about;
  await checkPlace({ shard, path, named });
  const by = {
    twlint: tool().version,
    rules: digestOfRules(rules),
    netns: args.netns,
    interval: args.interval ?? null,
  };
  const evaluation = beginEvaluation(rules, collectors, tool(), checks);
  const writer = beginPart(path);
  const take: Take<boolean> = (host, span) => {
    // biome-ignore lint/style/noNonNullAssertion: a host of a division has its place
    writer.add({ ...evaluation.half(host, span), position: host.position! });
    return host.reached.ok;
  };
  const among = (hosts: readonly Host[]) => {
    const names = hosts.map(({ name }) => name);
    writer.head(partHead({ shard, fleet: fleetNamed(names, args.limit !== undefined), by }));
  };
  try {
    const { hosts, ...ended } = await runOver(plan, args, world, take, { shard, among });
    writer.finish(ended);
    const reached = hosts.filter((isReached) => isReached).length;
    world.err.write(
      `twlint: ${reached} of ${hosts.length} hosts are in ${named}, part ${shard.number} of ${shard.of}: report with twlint merge\n`,
    );
    if (ended.interrupted) return exit.interrupted;
    return reached < hosts.length && !args['allow-incomplete'] ? exit.incomplete : exit.clean;
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

/** Refuses to write over anything but the same part of an earlier run. Told before any host is asked. */
async function checkPlace({ shard, path, named }: WantedPart): Promise<void> {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new UserError(`-o part:${named}: there is no folder ${folder}`);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  const hint = 'name another file, or take it away';
  if (!there.isFile()) throw new UserError(`-o part:${named}: it is no file`, { hint });
  const head = await readHead(path, named).catch(() => null);
  if (head === null) throw new UserError(`-o part:${named}: it is there, and is no part`, { hint });
  const { number, of } = head.shard;
  if (number !== shard.number || of !== shard.of)
    throw new UserError(`-o part:${named}: it is there, and is part ${number} of ${of}`, { hint });
}
