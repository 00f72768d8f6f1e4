import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { throwIfAny, UserError } from '../errors.ts';
import type { Transport } from '../model.ts';
import { type Tell, type Trouble, trouble } from './check.ts';
import { absolutePath, type HomePlaces, homePlaces, shownPath } from './home-path.ts';
import { loadKeys } from './keys/keys.ts';
import type { OpenOptions } from './open-options.ts';
import { opensshClient } from './openssh/openssh.ts';
import { type Attempt, type Session, unreachable } from './session.ts';
import { type HostKeys, readHostKeys } from './settings/host-key-files.ts';
import type { SshSettings } from './settings/ssh-settings.ts';
import { type Choice, choiceByKeys, choiceBySettings, needsOfAll } from './settings/transport-choice.ts';
import { ssh2Client } from './ssh2/ssh2.ts';

/** A host that is to be reached, and the transport that was asked for. */
export interface AskedHost {
  settings: SshSettings;
  asked: Transport;
}

/** The clients of a run, which open every host, each with the one that was chosen for it. */
export interface Clients {
  choices: ReadonlyMap<AskedHost, Choice>;
  open(host: AskedHost, signal: AbortSignal, tell: Tell): Promise<Attempt<Session>>;
  close(): void;
}

/**
 * Chooses the clients, and makes them ready. Problems with files that were named are reported before anything begins.
 */
export async function readyClients(hosts: readonly AskedHost[], options: OpenOptions): Promise<Clients> {
  const { env, warn, retries, password } = options;
  const places = homePlaces(options);
  const knownHosts = readHostKeys(
    hosts.flatMap(({ settings }) => withBastions(settings)),
    options,
    places,
  );
  checkKeyFiles(options.keys, places);
  const { choices, offerKeys } = await choose(hosts, knownHosts, options);
  const clients = {
    ssh2: ssh2Client({ knownHosts, offerKeys, password, retries, warn }),
    openssh: opensshClient({
      configFile: configFileOf(options.sshConfig, places),
      knownHosts: options.knownHosts.map((file) => absolutePath(file, places)),
      checking: options.hostKeyChecking,
      env,
      retries,
      warn,
    }),
  };
  return {
    choices,
    async open(host, signal, tell) {
      // biome-ignore lint/style/noNonNullAssertion: choose() made a choice for every host
      const choice = choices.get(host)!;
      const barred = choice.transport === 'ssh2' ? beyondSsh2(host) : withoutSsh(choice, env);
      if (barred !== null) return unreachable('address', barred);
      return clients[choice.transport].open(host.settings, signal, tell);
    },
    close() {
      clients.ssh2.close();
      clients.openssh.close();
    },
  };
}

/** Chooses a client, first by the configuration: a passphrase is asked for only where it is of use. */
async function choose(hosts: readonly AskedHost[], knownHosts: HostKeys, options: OpenOptions) {
  const choices = new Map<AskedHost, Choice>();
  for (const host of hosts) {
    const choice = choiceBySettings(host.asked, host.settings);
    if (choice !== null) choices.set(host, choice);
  }
  const withKeys = hosts.filter((host) => choices.get(host)?.transport !== 'openssh');
  const offerKeys = await loadKeys({
    ...homePlaces(options),
    keyFiles: withKeys.length > 0 ? options.keys : [],
    requests: withKeys.flatMap(({ settings }) => withBastions(settings)).map(({ keys }) => keys),
    passphrase: options.passphrase,
    askSecret: options.askSecret,
  });
  const keyring = { offerKeys, knownHosts, password: options.password !== null };
  for (const host of withKeys)
    if (!choices.has(host)) choices.set(host, choiceByKeys(host.settings, keyring));
  return { choices, offerKeys };
}

/** Reports the settings that ssh2 can't do, where it was asked for by name. */
function beyondSsh2({ settings }: AskedHost): Trouble | null {
  const needs = needsOfAll(settings, (hop) => hop.needs);
  if (needs.length === 0) return null;
  return trouble(
    `ssh2 can't do what is asked for: ${needs.join(', ')}`,
    'leave --transport ssh2 (twlint_transport) away',
  );
}

/** The path of execvp(3) itself, where there is no PATH. */
const NO_PATH = '/bin:/usr/bin';

function withoutSsh({ why }: Choice, { PATH = NO_PATH }: NodeJS.ProcessEnv): Trouble | null {
  if (PATH.split(':').some((folder) => existsSync(join(folder, 'ssh')))) return null;
  return trouble(
    `it takes the system's ssh, and there is none here (${why.join(', ')})`,
    'install it (openssh-client)',
  );
}

function configFileOf(option: string | null, places: HomePlaces): string | null {
  return option === null || option.toLowerCase() === 'none' ? option : absolutePath(option, places);
}

/** Checks that the key files are there: ssh itself would pass over one that is missing. */
function checkKeyFiles(files: readonly string[], places: HomePlaces): void {
  const missing = files
    .map((file) => absolutePath(file, places))
    .filter((path) => !existsSync(path))
    .map((path) => new UserError(`--key ${shownPath(path, places)}: no such file`));
  throwIfAny(missing);
}

function withBastions(settings: SshSettings): SshSettings[] {
  return settings.via === null ? [settings] : [settings, ...withBastions(settings.via)];
}
