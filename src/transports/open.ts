import { userInfo } from 'node:os';
import { throwIfAny, type UserError } from '../errors.ts';
import type { Target } from '../model.ts';
import { trouble } from './check.ts';
import { openCommand } from './command.ts';
import { absolutePath, homePlaces } from './home-path.ts';
import { openLocal } from './local.ts';
import type { OpenOptions } from './open-options.ts';
import type { AskedHost } from './ready-clients.ts';
import { type Connections, type Failure, type Open, unreachable } from './session.ts';
import type { SshConnection } from './settings/explicit-settings.ts';
import { type Circumstances, resolveSettings } from './settings/ssh-settings.ts';
import { readSshConfig } from './ssh-config/files.ts';

type SshTarget = Target & { connection: SshConnection };

/**
 * Makes ready what the targets' connections need (ssh_config, host keys, keys, passphrases) and returns the function
 * that opens each of them. `fleet`: the whole inventory, where bastions may be. Throws UserErrors for settings that
 * can't be.
 */
export async function openBy(
  targets: readonly Target[],
  fleet: readonly Target[],
  options: OpenOptions,
): Promise<Connections> {
  const overSsh = targets.filter(isOverSsh);
  const openOther: Open = async (target, signal, tell = () => {}) => {
    const { connection } = target;
    if (connection.kind === 'command') return openCommand(connection.words, options.env, tell);
    if (connection.kind === 'none') return cannotAsk(connection.reason);
    return openLocal(target, signal, tell);
  };
  if (overSsh.length === 0) return { open: openOther, by: () => null, close: () => {} };
  const hosts = settingsOfAll(overSsh, fleet, options);
  // the clients are opened where a host is to be reached, and by nothing else
  const { readyClients } = await import('./ready-clients.ts');
  const { choices, open, close } = await readyClients([...hosts.values()], options);
  return {
    open: (target, signal, tell = () => {}) =>
      // biome-ignore lint/style/noNonNullAssertion: settingsOfAll took every target over ssh
      isOverSsh(target) ? open(hosts.get(target)!, signal, tell) : openOther(target, signal, tell),
    by: (target) => {
      const host = hosts.get(target);
      return host === undefined ? null : (choices.get(host) ?? null);
    },
    close,
  };
}

/** Returns the failure of a host that none of our means is for. */
const cannotAsk = (reason: string): Failure => ({
  ...unreachable('address', trouble(reason)),
  problem: 'unsupported',
});

const isOverSsh = (target: Target): target is SshTarget => target.connection.kind === 'ssh';

function settingsOfAll(
  targets: readonly SshTarget[],
  fleet: readonly Target[],
  options: OpenOptions,
): Map<Target, AskedHost> {
  const places = homePlaces(options);
  const circumstances: Circumstances = {
    config: readSshConfig(options.sshConfig, places),
    places,
    env: options.env,
    localUser: ownName(options.env),
    keyFiles: options.keys.map((file) => absolutePath(file, places)),
    checking: options.hostKeyChecking,
    knownHostsGiven: options.knownHosts.length > 0,
    connectTimeout: options.connectTimeout,
    inventory: new Map(fleet.filter(isOverSsh).map(({ host, connection }) => [host.name, connection])),
  };
  const errors: UserError[] = [];
  const hosts = new Map(
    targets.map((target): [Target, AskedHost] => {
      const { connection, host } = target;
      const settings = resolveSettings(connection, host.source, circumstances, errors);
      return [target, { settings, asked: options.transport ?? connection.transport ?? 'auto' }];
    }),
  );
  throwIfAny([...new Map(errors.map((error) => [error.describe(), error])).values()]);
  return hosts;
}

/** Returns the name of the user who runs this. A container may run as a number that nobody has given a name. */
function ownName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.LOGNAME || env.USER || String(process.getuid?.());
  }
}
