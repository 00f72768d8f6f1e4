import { userInfo } from 'node:os';
import { throwIfAny, type UserError } from '../errors.ts';
import type { Target, Transport } from '../model.ts';
import { absolutePath } from './home-path.ts';
import type { HostKeyChecking } from './known-hosts/host-key.ts';
import { openLocal } from './local.ts';
import { type AskedHost, placesOf, readyClients } from './ready-clients.ts';
import type { Reach } from './session.ts';
import type { SshConnection } from './settings/ssh-given.ts';
import { type Circumstances, settingsOf } from './settings/ssh-settings.ts';
import { readSshConfig } from './ssh-config/files.ts';

export interface OpenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** TWLINT_SSH_PASSPHRASE, which is not in `env`; null: nobody gave one. */
  passphrase: string | null;
  /** -F: a file, or `none`; null: ssh's own. */
  sshConfig: string | null;
  /** --key */
  keys: readonly string[];
  /** --known-hosts */
  knownHosts: readonly string[];
  /** null: as ssh_config says, or strict. */
  hostKeyChecking: HostKeyChecking | null;
  /** Milliseconds from the look-up of a name until logged in; null: as ssh_config says, or 10 s. */
  connectTimeout: number | null;
  /** What hosts get that want a password; null: nobody gave one. */
  password: string | null;
  /** --transport; null: as the inventory says, or auto. */
  transport: Transport | null;
  /** Times to try a bastion again, where that can help. */
  retries: number;
  /** Asks for something that must not be shown; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** Tells the user something that is no host's failure. */
  warn(text: string): void;
}

type SshTarget = Target & { connection: SshConnection };

/**
 * Makes ready what the targets' connections need (ssh_config, host keys, keys, passphrases) and gives what opens each
 * of them. `fleet`: the whole inventory, where bastions may be. Throws UserErrors for what was said and can't be.
 */
export async function openBy(
  targets: readonly Target[],
  fleet: readonly Target[],
  options: OpenOptions,
): Promise<Reach> {
  const overSsh = targets.filter(isOverSsh);
  if (overSsh.length === 0) return { open: openLocal, by: () => null, close: () => {} };
  const hosts = settingsOfAll(overSsh, fleet, options);
  const { choices, open, close } = await readyClients([...hosts.values()], options);
  return {
    open: (target, signal, tell = () => {}) =>
      isOverSsh(target) ? open(hosts.get(target)!, signal, tell) : openLocal(target, signal, tell),
    by: (target) => choices.get(hosts.get(target)!) ?? null,
    close,
  };
}

const isOverSsh = (target: Target): target is SshTarget => target.connection.kind === 'ssh';

function settingsOfAll(
  targets: readonly SshTarget[],
  fleet: readonly Target[],
  options: OpenOptions,
): Map<Target, AskedHost> {
  const places = placesOf(options);
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
      const settings = settingsOf(connection, host.source, circumstances, errors);
      return [target, { settings, asked: options.transport ?? connection.transport ?? 'auto' }];
    }),
  );
  throwIfAny([...new Map(errors.map((error) => [error.describe(), error])).values()]);
  return hosts;
}

/** The user who runs this. A container may run as a number that nobody has given a name. */
function ownName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.LOGNAME || env.USER || String(process.getuid?.());
  }
}
