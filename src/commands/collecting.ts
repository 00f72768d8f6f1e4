import { readFileSync } from 'node:fs';
import type { InferredOptionTypes } from 'yargs';
import { collectFleet } from '../collect/fleet.ts';
import type { Plan } from '../collect/plan.ts';
import { UserError } from '../errors.ts';
import type { Fleet } from '../inventory/load.ts';
import type { Snapshot } from '../model.ts';
import { openBy } from '../transports/open.ts';
import { collectionScript } from '../transports/script.ts';
import { fleetOf } from './fleet.ts';
import { type connectionOptions, duration, type inventoryOptions } from './options.ts';
import { passwordsFor } from './passwords.ts';
import { showProgress } from './progress.ts';
import type { World } from './world.ts';

type Args = InferredOptionTypes<typeof connectionOptions & typeof inventoryOptions>;

/** The hosts that are asked for, and the others of the inventory, among which may be bastions. */
type Targets = Pick<Fleet, 'targets' | 'others'>;

export function targetsOf(args: Args, world: World): Promise<Targets> {
  return fleetOf(args, world);
}

/** Asks every host what the plan says. */
export async function collectFrom(
  { targets, others }: Targets,
  plan: Plan,
  args: Args,
  world: World,
): Promise<Snapshot> {
  const interval = args.interval === undefined ? null : duration('interval', args.interval);
  if (!Number.isInteger(args.concurrency) || args.concurrency < 1)
    throw new UserError('--concurrency: not a whole number above 0');
  const { retries } = args;
  if (!Number.isInteger(retries) || retries < 0) throw new UserError('--retries: not a whole number');
  const connectTimeout =
    args['connect-timeout'] === undefined ? null : duration('connect-timeout', args['connect-timeout']);
  const timeout = duration('host-timeout', args['host-timeout']);
  const { password, becomePassword } = await passwordsFor(args, world);
  const reach = await openBy(targets, others, {
    cwd: world.cwd,
    env: world.env,
    sshConfig: args['ssh-config'] ?? null,
    keys: args.key ?? [],
    knownHosts: args['known-hosts'] ?? [],
    hostKeyChecking: args['host-key-checking'] ?? null,
    connectTimeout,
    password,
    retries,
    askSecret: world.askSecret,
    warn: (text) => world.err.write(`twlint: ${text}\n`),
  });
  const progress = showProgress(targets.length, world.err, args.quiet);
  try {
    return await collectFleet(targets, {
      open: reach.open,
      plan,
      interval,
      timeout,
      retries,
      becomePassword,
      concurrency: args.concurrency,
      stop: world.stop,
      progress,
    });
  } finally {
    progress.end();
    reach.close();
  }
}

/** What would run on each host, for a person to read. */
export function scriptToRead(plan: Plan): string {
  return collectionScript(plan.first, 'twlint-RANDOM');
}

/** Our own name and version, for reports. */
export function tool(): { name: string; version: string } {
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return { name, version };
}
