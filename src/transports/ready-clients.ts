import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { throwIfAny, UserError } from '../errors.ts';
import type { Transport } from '../model.ts';
import { type Tell, type Trouble, trouble } from './check.ts';
import { absolutePath, type Places, shownPath } from './home-path.ts';
import { loadKeys } from './keys.ts';
import { type KnownHosts, readKnownHosts } from './known-hosts-files.ts';
import type { OpenOptions } from './open.ts';
import { opensshClient } from './openssh.ts';
import { type Choice, type Outcome, type Session, unreachable } from './session.ts';
import type { SshSettings } from './ssh-settings.ts';
import { ssh2Client } from './ssh2.ts';
import { choiceByKeys, choiceBySettings, needsOfAll } from './transport-choice.ts';

/** A host that is to be reached, and what was asked for. */
export interface AskedHost {
  settings: SshSettings;
  asked: Transport;
}

/** What opens every host, each with the client that was chosen for it. */
export interface Clients {
  choices: ReadonlyMap<AskedHost, Choice>;
  open(host: AskedHost, signal: AbortSignal, tell: Tell): Promise<Outcome<Session>>;
  close(): void;
}

/** Chooses, and makes ready what is chosen. What is wrong with files that were named is told before anything begins. */
export async function readyClients(hosts: readonly AskedHost[], options: OpenOptions): Promise<Clients> {
  const { env, warn, retries, password } = options;
  const places = placesOf(options);
  const all = hosts.flatMap(({ settings }) => withBastions(settings));
  warnOfUnchecked(all, options);
  const knownHosts = knownHostsReader(options);
  for (const each of all) knownHosts(each);
  checkKeyFiles(options);
  const choices = new Map<AskedHost, Choice>();
  for (const host of hosts) {
    const choice = choiceBySettings(host.asked, host.settings);
    if (choice !== null) choices.set(host, choice);
  }
  // a passphrase is asked for only where it is of use
  const withKeys = hosts.filter((host) => choices.get(host)?.transport !== 'openssh');
  const offerKeys = await loadKeys({
    ...places,
    keyFiles: withKeys.length > 0 ? options.keys : [],
    requests: withKeys.flatMap(({ settings }) => withBastions(settings)).map(({ keys }) => keys),
    passphrase: env.TWLINT_SSH_PASSPHRASE,
    askSecret: options.askSecret,
  });
  const keyring = { offerKeys, knownHosts, password: password !== null };
  for (const host of withKeys)
    if (!choices.has(host)) choices.set(host, choiceByKeys(host.settings, keyring));
  const clients = {
    ssh2: ssh2Client({ knownHosts, offerKeys, password, retries, warn }),
    openssh: opensshClient({
      configFile: configFileOf(options),
      knownHosts: options.knownHosts.map((file) => absolutePath(file, places)),
      checking: options.hostKeyChecking,
      env,
      retries,
    }),
  };
  return {
    choices,
    async open(host, signal, tell) {
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

/** What ssh2 can't do, where it was asked for by name. */
function beyondSsh2({ settings }: AskedHost): Trouble | null {
  const needs = needsOfAll(settings, (hop) => hop.needs);
  if (needs.length === 0) return null;
  return trouble(
    `ssh2 can't do what is asked for: ${needs.join(', ')}`,
    'leave --transport ssh2 (twlint_transport) away',
  );
}

/** execvp(3)'s own, where there is no PATH. */
const NO_PATH = '/bin:/usr/bin';

function withoutSsh({ why }: Choice, { PATH = NO_PATH }: NodeJS.ProcessEnv): Trouble | null {
  if (PATH.split(':').some((folder) => existsSync(join(folder, 'ssh')))) return null;
  return trouble(
    `it takes the system's ssh, and there is none here (${why.join(', ')})`,
    'install it (openssh-client)',
  );
}

export const placesOf = ({ cwd, env }: OpenOptions): Places => ({ cwd, home: env.HOME || homedir() });

function configFileOf(options: OpenOptions): string | null {
  const { sshConfig } = options;
  if (sshConfig === null) return null;
  return sshConfig.toLowerCase() === 'none' ? 'none' : absolutePath(sshConfig, placesOf(options));
}

/** ssh itself would pass over one that is missing. */
function checkKeyFiles(options: OpenOptions): void {
  const places = placesOf(options);
  const missing = options.keys
    .map((file) => absolutePath(file, places))
    .filter((path) => !existsSync(path))
    .map((path) => new UserError(`--key ${shownPath(path, places)}: no such file`));
  throwIfAny(missing);
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
