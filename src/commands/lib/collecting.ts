import { type AskedAnew, askAnew } from '../../collect/again.ts';
import { collectFleet, type Take } from '../../collect/fleet.ts';
import type { HostOptions } from '../../collect/host.ts';
import type { Plan } from '../../collect/plan.ts';
import type { FleetRun, HostEvidence, Snapshot, Target } from '../../model.ts';
import { printedScript } from '../../transports/script/printed-script.ts';
import type { Session } from '../../transports/session.ts';
import { type ConnectionArgs, meansOf, type Targets } from './asking-means.ts';
import { share } from './option-values.ts';
import { showProgress } from './progress.ts';
import { retryFile } from './retry-file.ts';
import { tool } from './tool.ts';
import type { World } from './world.ts';

/** The parts of collecting that commands choose. */
interface Collecting<T> {
  onCheck?: HostOptions['onCheck'];
  /** Goes on with hosts that may be asked more, over their connections, which are closed when it is done. */
  goOn?(run: FleetRun<T>, open: readonly OpenHost[]): Promise<void>;
}

/** A host that may be asked more. */
export interface OpenHost {
  target: Target;
  /** Null: it could not be reached, or its connection broke. */
  session: Session | null;
  /** The password that sudo may ask for; null: nobody gave one. */
  becomePassword: string | null;
  /** Asks it for the same once more, over its connection or (null) a new one, which whoever asks has to close. */
  askAnew(session: Session | null, signal: AbortSignal): Promise<AskedAnew>;
}

/** Collects the facts of the plan from every host. */
export const collectFrom = (
  fleet: Targets,
  plan: Plan,
  args: ConnectionArgs,
  world: World,
  collecting: Collecting<HostEvidence> = {},
): Promise<Snapshot> => takeFrom(fleet, plan, args, world, (host) => host, collecting);

/** Asks every host for the facts of the plan, and has its evidence taken as soon as it is there. */
export async function takeFrom<T>(
  fleet: Targets,
  plan: Plan,
  args: ConnectionArgs,
  world: World,
  take: Take<T>,
  { onCheck = () => {}, goOn }: Collecting<T> = {},
): Promise<FleetRun<T>> {
  const maxFailures =
    args['max-failures'] === undefined
      ? null
      : share('max-failures', args['max-failures'], fleet.targets.length);
  const unreached = args['retry-file'] === undefined ? null : retryFile(args['retry-file'], world);
  const { targets, reach, asking, concurrency } = await meansOf(fleet, plan, args, world, onCheck);
  const progress = showProgress(targets.length, world.err, args.quiet);
  const { stop } = world;
  const open: OpenHost[] = [];
  const { becomePassword } = asking;
  const keep = (target: Target, session: Session | null) =>
    open.push({
      target,
      session,
      becomePassword,
      askAnew: (again, signal) => askAnew(target, asking, again, signal),
    });
  const missed = new Set<string>();
  const noting: Take<T> = (host, span) => {
    if (!host.reached.ok) missed.add(host.host.name);
    return take(host, span);
  };
  let run: FleetRun<T>;
  try {
    try {
      const options = { ...asking, plan, concurrency, maxFailures, stop, progress, take: noting };
      run = await collectFleet(targets, goOn ? { ...options, release: keep } : options);
      unreached?.write(targets.map(({ host }) => host.name).filter((name) => missed.has(name)));
    } finally {
      progress.end();
    }
    await goOn?.(run, open);
  } finally {
    for (const { session } of open) session?.close();
    reach.close();
  }
  if (run.interrupted)
    world.err.write(`twlint: ${(stop.reason as Error).message}: what follows is not complete\n`);
  return run;
}

/** Returns the script that would run on each host, for a person to read, or to run there: `--from` reads what it prints. */
export function scriptToRead(plan: Plan): string {
  return printedScript(plan.first, tool().version);
}
