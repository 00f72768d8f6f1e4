import { homedir, userInfo } from 'node:os';
import { throwIfAny, type UserError } from '../errors.ts';
import type { Target } from '../model.ts';
import { absolutePath, type Places, shownPath } from './home-path.ts';
import type { HostKeyChecking } from './host-key.ts';
import { loadKeys } from './keys.ts';
import { type KnownHosts, readKnownHosts } from './known-hosts-files.ts';
import { openLocal } from './local.ts';
import type { Reach } from './session.ts';
import { ssh2Client } from './ssh.ts';
import { readSshConfig } from './ssh-config-files.ts';
import type { SshConnection } from './ssh-given.ts';
import { type Circumstances, type SshSettings, settingsOf } from './ssh-settings.ts';

export interface OpenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
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
  if (overSsh.length === 0) return { open: openLocal, close: () => {} };
  const settings = settingsOfAll(overSsh, fleet, options);
  const client = await readySsh2([...settings.values()], options);
  return {
    open: (target, signal, tell = () => {}) =>
      isOverSsh(target) ? client.open(settings.get(target)!, signal, tell) : openLocal(target, signal, tell),
    close: client.close,
  };
}

const isOverSsh = (target: Target): target is SshTarget => target.connection.kind === 'ssh';

function settingsOfAll(
  targets: readonly SshTarget[],
  fleet: readonly Target[],
  options: OpenOptions,
): Map<Target, SshSettings> {
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
  const settings = new Map(
    targets.map((target) => [
      target as Target,
      settingsOf(target.connection, target.host.source, circumstances, errors),
    ]),
  );
  throwIfAny([...new Map(errors.map((error) => [error.describe(), error])).values()]);
  return settings;
}

const placesOf = ({ cwd, env }: OpenOptions): Places => ({ cwd, home: env.HOME || homedir() });

async function readySsh2(settings: readonly SshSettings[], options: OpenOptions) {
  const { env, warn } = options;
  const all = settings.flatMap(withBastions);
  warnOfUnchecked(all, options);
  const knownHosts = knownHostsReader(options);
  // what is wrong with files that were named is told before anything begins
  for (const each of all) knownHosts(each);
  const offerKeys = await loadKeys({
    ...placesOf(options),
    keyFiles: options.keys,
    requests: all.map(({ keys }) => keys),
    passphrase: env.TWLINT_SSH_PASSPHRASE,
    askSecret: options.askSecret,
  });
  const { password, retries } = options;
  return ssh2Client({ knownHosts, offerKeys, password, retries, warn });
}

function withBastions(settings: SshSettings): SshSettings[] {
  return settings.via === null ? [settings] : [settings, ...withBastions(settings.via)];
}

/** Each set of files is read once. */
function knownHostsReader(options: OpenOptions): (settings: SshSettings) => KnownHosts {
  const read = new Map<string, KnownHosts>();
  return ({ knownHosts, checking }) => {
    const files = knownHosts ?? options.knownHosts;
    const firstMayBeMissing = checking !== 'strict';
    const key = JSON.stringify([files, firstMayBeMissing]);
    const known =
      read.get(key) ??
      readKnownHosts({ files, named: knownHosts === null, firstMayBeMissing }, placesOf(options));
    read.set(key, known);
    return known;
  };
}

function warnOfUnchecked(
  all: readonly SshSettings[],
  { hostKeyChecking, warn, ...options }: OpenOptions,
): void {
  const risk = 'anybody on the way could pose as a host';
  if (hostKeyChecking === 'off') warn(`host keys are not checked (--host-key-checking=off): ${risk}`);
  const places = placesOf({ hostKeyChecking, warn, ...options });
  const by = new Set(
    all.flatMap(({ uncheckedBy }) =>
      uncheckedBy ? [`${shownPath(uncheckedBy.file, places)}:${uncheckedBy.line}`] : [],
    ),
  );
  for (const place of by)
    warn(`some host keys are not checked (StrictHostKeyChecking no, ${place}): ${risk}`);
}

/** The user who runs this. A container may run as a number that nobody has given a name. */
function ownName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.LOGNAME || env.USER || String(process.getuid?.());
  }
}
