/** Makes a snapshot of the sources on a command line: hosts, images and earlier snapshots, in any mixture. */
import { existsSync } from 'node:fs';
import type { InferredOptionTypes } from 'yargs';
import type { Take } from '../../collect/fleet.ts';
import type { Plan } from '../../collect/plan.ts';
import { timesOf } from '../../collect/times.ts';
import { throwIfAny, UserError } from '../../errors.ts';
import { runTime } from '../../evaluate/report.ts';
import { printable } from '../../formats/printable.ts';
import { limitHosts, readLimit } from '../../inventory/limit/limit.ts';
import { alikeMessage, lookAlikes } from '../../inventory/look-alikes.ts';
import { checkWhole, isInShard } from '../../inventory/shard.ts';
import type { FleetRun, Host, HostEvidence, Shard, Snapshot, Target, TimeSpan } from '../../model.ts';
import type { ConnectionArgs, Targets } from './asking-means.ts';
import { snapshotFrom } from './collected.ts';
import { takeFrom } from './collecting.ts';
import { fleetOf } from './fleet.ts';
import { growHeapSparingly } from './heap-growth.ts';
import { nameFrom } from './names-of-media.ts';
import type { sourceOptions } from './options.ts';
import { keepStdin, STDIN } from './stdin-file.ts';
import type { World } from './world.ts';

export type SourceArgs = ConnectionArgs & InferredOptionTypes<typeof sourceOptions>;

/** The part of the hosts of a run that is asked. */
export interface HostDivision {
  shard: Shard;
  /** Is told all hosts of the run, in their order, before any is asked. */
  among?(hosts: readonly Host[]): void;
}

/** Reads every source that was named into one snapshot. */
export const snapshotFor = (plan: Plan, args: SourceArgs, world: World): Promise<Snapshot> =>
  runOver(plan, args, world, (host) => host);

/**
 * Has the evidence of every source taken, host by host; hosts first, then images, then snapshots.
 *
 * @param division the part of the hosts that is asked, each with its place among all; null: all of them
 */
export async function runOver<T>(
  plan: Plan,
  args: SourceArgs,
  world: World,
  take: Take<T>,
  division: HostDivision | null = null,
): Promise<FleetRun<T>> {
  const { root = [], inventory = [] } = args;
  if (!root.includes(STDIN)) return runOverSources(plan, args, null, world, take, division);
  if (inventory.includes(STDIN)) throw new UserError('-i - and --root -: there is one standard input');
  const kept = await keepStdin(world);
  try {
    return await runOverSources(plan, args, kept.file, world, take, division);
  } finally {
    kept.remove();
  }
}

async function runOverSources<T>(
  plan: Plan,
  args: SourceArgs,
  stdin: string | null,
  world: World,
  takeHost: Take<T>,
  division: HostDivision | null,
): Promise<FleetRun<T>> {
  const { root = [], from = [] } = args;
  const isHostless = args.inventory === undefined && root.length + from.length > 0;
  const { targets, others }: Targets = isHostless ? { targets: [], others: [] } : await fleetOf(args, world);
  const warn = (text: string): void => world.err.write(`twlint: ${printable(text)}\n`);
  if (isHostless) for (const option of unheeded(args)) warn(option);
  const asked = [...targets, ...imagesAt(root, args['root-prefix'], stdin, warn)];
  const earlier: Snapshot[] = [];
  for (const path of from) earlier.push(await snapshotFrom(path, plan, world));
  const collected = inOrder(earlier);
  const hosts = [...asked.map(({ host }) => host), ...collected.map(({ host }) => host.host)];
  const names = hosts.map(({ name }) => name);
  throwIfAny(repeated(names).map((name) => new UserError(`there are two hosts ${name}`, { hint: TWO })));
  // the look-alikes of the inventory were reported already
  const known = new Set<Host>(targets.map(({ host }) => host));
  for (const alike of lookAlikes(hosts))
    if (!alike.every((host) => known.has(host))) warn(alikeMessage(alike));
  checkParts(earlier, division, warn);
  const chosen = isHostless ? limited(hosts, args.limit, world) : hosts;
  division?.among?.(chosen);
  const isWithin = ({ name }: Host) => division === null || isInShard(name, division.shard);
  const within = new Set(chosen.filter(isWithin));
  growHeapSparingly(within.size);
  const take = division === null ? takeHost : placed(chosen, takeHost);
  // a host of another part may be the bastion of one of this
  const elsewhere = targets.filter(({ host }) => !within.has(host));
  const now = { targets: asked.filter(({ host }) => within.has(host)), others: [...others, ...elsewhere] };
  // a part of a fleet may have no host, and is a run all the same
  const isRun = now.targets.length > 0 || earlier.length === 0;
  const runs = isRun ? [await takeFrom(now, plan, args, world, take)] : [];
  const taken = collected.flatMap(({ host, time }) => (within.has(host.host) ? take(host, time) : []));
  return { ...timesOf([...runs, ...earlier]), hosts: [...runs.flatMap(({ hosts }) => hosts), ...taken] };
}

/** Says of options about how hosts are asked that they change nothing, as none is asked. */
const unheeded = ({ netns, interval }: SourceArgs): string[] =>
  [
    ...(netns === 'all' ? [] : [`--netns ${netns}`]),
    ...(interval === undefined ? [] : [`--interval ${interval}`]),
  ].map(
    (option) =>
      `${option} is about hosts that are asked: images, and what was collected before, are looked at as they are`,
  );

function placed<T>(hosts: readonly Host[], take: Take<T>): Take<T> {
  const positions = new Map(hosts.map(({ name }, i) => [name, i]));
  return (host, time) => {
    const position = positions.get(host.host.name);
    return take({ ...host, ...(position !== undefined && { position }) }, time);
  };
}

/** Refuses some parts of a fleet for all of it; one alone may be looked at. */
function checkParts(
  earlier: readonly Snapshot[],
  division: HostDivision | null,
  warn: (text: string) => void,
): void {
  const shards = earlier.flatMap(({ shard }) => shard ?? []);
  const [only, ...more] = shards;
  if (more.length > 0) checkWhole(shards, 'name all parts, or one by itself');
  else if (only === undefined || only.of === 1) return;
  // what is made of it would not say so
  else if (division !== null)
    throw new UserError(`a snapshot that is part ${only.number} of ${only.of} is no fleet to divide`, {
      hint: 'name all parts with --from',
    });
  else warn(`this is part ${only.number} of ${only.of}: what lies between its hosts and others is not known`);
}

/** Returns the hosts of earlier runs, each with the time of its run: those of a fleet that was divided, in its order. */
function inOrder(earlier: readonly Snapshot[]): { host: HostEvidence; time: TimeSpan }[] {
  const hosts = earlier.flatMap((snapshot) => {
    const time = runTime(snapshot);
    return snapshot.hosts.map((host) => ({ host, time, position: host.position ?? null }));
  });
  if (hosts.some(({ position }) => position === null)) return hosts;
  return hosts.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
}

/** Applies `--limit` without an inventory: hosts keep the groups that they were in when collected. */
const limited = (hosts: Host[], limit: string | undefined, { cwd }: World): Host[] =>
  limit === undefined ? hosts : limitHosts(hosts, groupsOf(hosts), readLimit(limit, cwd));

/** Returns the names of the hosts of each group, by what each host says of itself. */
export function groupsOf(hosts: readonly Host[]): Map<string, string[]> {
  const groups = new Map([['all', hosts.map(({ name }) => name)]]);
  for (const { name, groups: own } of hosts)
    for (const group of own) {
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [name]);
      else members.push(name);
    }
  return groups;
}

const TWO = 'a report calls each host by its name: leave one out, or rename it in its inventory';

const repeated = (names: readonly string[]) => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];

/** Returns a target for each image, named by the path that was given. */
function imagesAt(
  paths: readonly string[],
  prefix: string | undefined,
  stdin: string | null,
  warn: (text: string) => void,
): Target[] {
  const missing = paths.filter((path) => path !== STDIN && !existsSync(path));
  throwIfAny(missing.map((path) => new UserError(`--root ${path}: there is no such file or folder`)));
  if (prefix !== undefined && paths.length === 0)
    throw new UserError('--root-prefix means nothing without --root');
  return paths.map((named) => {
    const path = named === STDIN ? 'stdin' : named;
    const file = named === STDIN && stdin !== null ? { file: stdin } : {};
    const source = { file: path, line: 1, column: 1 };
    return {
      host: { name: nameFrom(path, path, '--root', warn), source, groups: [], vars: {} },
      connection: { kind: 'image', path, ...file, ...(prefix !== undefined && { prefix }) },
    };
  });
}
