/** The means of asking hosts that the options on connections choose. */

import type { InferredOptionTypes } from 'yargs';
import type { HostOptions } from '../../collect/host.ts';
import type { Plan } from '../../collect/plan.ts';
import { printable } from '../../formats/printable.ts';
import type { Fleet } from '../../inventory/load.ts';
import type { Target } from '../../model.ts';
import { openBy } from '../../transports/open.ts';
import type { Connections } from '../../transports/session.ts';
import type { connectionOptions } from './connection-options.ts';
import { ownScriptIdentity } from './installing.ts';
import { duration, wholeNumber } from './option-values.ts';
import { passwordsFor } from './passwords.ts';
import { targetsVia } from './via.ts';
import type { World } from './world.ts';

export type ConnectionArgs = InferredOptionTypes<typeof connectionOptions>;

/** The selected hosts, and the others of the inventory, among which may be bastions. */
export type Targets = Pick<Fleet, 'targets' | 'others'>;

export interface AskingMeans {
  targets: Target[];
  reach: Connections;
  asking: HostOptions;
  concurrency: number;
}

/** Prompts for passwords where that is wanted, and opens the ways to the hosts; whoever asks has to close `reach`. */
export async function meansOf(
  fleet: Targets,
  plan: Plan,
  args: Omit<ConnectionArgs, 'max-failures' | 'retry-file' | 'print-script' | 'quiet'>,
  world: World,
  onCheck: HostOptions['onCheck'] = () => {},
): Promise<AskingMeans> {
  const targets = targetsVia(fleet.targets, args.via);
  const interval = args.interval === undefined ? null : duration('interval', args.interval);
  const concurrency = wholeNumber('concurrency', args.concurrency, 1);
  const retries = wholeNumber('retries', args.retries, 0);
  const connectTimeout =
    args['connect-timeout'] === undefined ? null : duration('connect-timeout', args['connect-timeout']);
  const timeout = duration('host-timeout', args['host-timeout']);
  const { password, becomePassword } = await passwordsFor(args, world);
  const reach = await openBy(targets, [...targets, ...fleet.others], {
    cwd: world.cwd,
    env: world.env,
    passphrase: world.secrets.TWLINT_SSH_PASSPHRASE || null,
    sshConfig: args['ssh-config'] ?? null,
    keys: args.key ?? [],
    knownHosts: args['known-hosts'] ?? [],
    hostKeyChecking: args['host-key-checking'] ?? null,
    connectTimeout,
    password,
    transport: args.transport ?? null,
    retries,
    askSecret: world.askSecret,
    warn: (text) => world.err.write(`twlint: ${printable(text)}\n`),
  });
  if (args.verbose) for (const target of targets) world.err.write(clientMessage(target, reach));
  const asking: HostOptions = {
    open: reach.open,
    plan,
    interval,
    timeout,
    retries,
    becomePassword,
    identity: ownScriptIdentity(),
    onCheck,
  };
  return { targets, reach, asking, concurrency };
}

/** `twlint: lb-1: openssh: ProxyCommand (~/.ssh/config:12)` */
function clientMessage(target: Target, reach: Connections): string {
  const choice = reach.by(target);
  const why = choice === null || choice.why.length === 0 ? '' : `: ${choice.why.join(', ')}`;
  const by = choice?.transport ?? otherAskingMeans(target);
  return `twlint: ${printable(`${target.host.name}: ${by}${why}`)}\n`;
}

const otherAskingMeans = ({ connection }: Target): string =>
  connection.kind === 'command' ? connection.words.join(' ') : 'this machine';
