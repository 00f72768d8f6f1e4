/** An audit of a part of a fleet, for `twlint merge`. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import type { Take } from '../../collect/fleet.ts';
import type { Plan } from '../../collect/plan.ts';
import { collectors } from '../../collectors/index.ts';
import { UserError } from '../../errors.ts';
import { beginEvaluation } from '../../evaluate/report.ts';
import type { LoadedRule } from '../../evaluate/rules/rules.ts';
import { readShard } from '../../inventory/shard.ts';
import type { Host, Shard } from '../../model.ts';
import { digestOfRules } from '../../parts/audited-by.ts';
import { beginPart, readHead } from '../../parts/part-file.ts';
import { fleetNamed, partHead } from '../../parts/part-head.ts';
import type { verdictOptions } from '../lib/options.ts';
import { runOver, type SourceArgs } from '../lib/sources.ts';
import { tool } from '../lib/tool.ts';
import { exit, type World } from '../lib/world.ts';

/** A part that is to be written. */
interface Wanted {
  shard: Shard;
  path: string;
  /** The path as the user wrote it. */
  named: string;
}

const OUTPUT = 'part:';

/** Returns the part that a command line asks for; null: a report. */
export function partWanted(
  { shard: text, output = [] }: { shard: string | undefined; output: string[] | undefined },
  cwd: string,
): Wanted | null {
  const shard = text === undefined ? { number: 1, of: 1 } : readShard(text);
  const [part, ...others] = output.filter((one) => one.startsWith(OUTPUT) || one === 'part');
  if (part === undefined) {
    if (text === undefined) return null;
    throw new UserError(
      `--shard ${text}: a report of a part of a fleet would lack what lies between its hosts and others`,
      { hint: '-o part:FILE keeps the part, and twlint merge reports on all parts' },
    );
  }
  if (others.length > 0 || output.length > 1)
    throw new UserError('-o part: goes with no other -o', {
      hint: 'twlint merge FILE... -o FORMAT:PATH writes reports',
    });
  const named = part.slice(OUTPUT.length);
  if (named === '' || named === '-')
    throw new UserError('-o part: where to?', { hint: '-o part:FILE, as part:part-1.gz' });
  return { shard, path: resolve(cwd, named), named };
}

type Args = SourceArgs & Pick<InferredOptionTypes<typeof verdictOptions>, 'allow-incomplete'>;

/** Tries the rules about one host on each host of the part, and keeps what those across hosts need. */
export async function auditPart(
  { shard, path, named }: Wanted,
  about: { rules: readonly LoadedRule[]; plan: Plan; args: Args; world: World },
): Promise<number> {
  const { rules, plan, args, world } = about;
  await checkPlace({ shard, path, named });
  const by = {
    twlint: tool().version,
    rules: digestOfRules(rules),
    netns: args.netns,
    interval: args.interval ?? null,
  };
  const evaluation = beginEvaluation(rules, collectors, tool());
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
async function checkPlace({ shard, path, named }: Wanted): Promise<void> {
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
