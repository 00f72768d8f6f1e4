import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { trouble } from '../check.ts';
import { type Attempt, abortReason, type Failure, type SshClient, unreachable } from '../session.ts';
import { endpointName, type SshSettings } from '../settings/ssh-settings.ts';
import { whereIs } from '../ssh2/bastion-messages.ts';
import { bastionPool } from '../ssh2/bastion-pool.ts';
import { lateMessage } from '../ssh2/login-messages.ts';
import { type OpensshOptions, opensshArguments, throughCommand, unfitName } from './arguments.ts';
import { opensshChecks } from './checks.ts';
import { explainFailure, lossOf } from './failures.ts';
import { channelRefusal, momentOf, newKeyMessage } from './log.ts';
import { type Master, openMaster, runningMaster } from './master.ts';
import { opensshSession } from './session.ts';

export interface OpensshClientOptions extends OpensshOptions {
  env: NodeJS.ProcessEnv;
  /** The number of retries for a bastion, where that can help. */
  retries: number;
  /** Reports to the user something that is no host's failure. */
  warn(text: string): void;
}

/**
 * The system's own ssh. A host has one connection of it (a ControlMaster of ours, in a folder that only we may enter),
 * over which every command goes; a bastion has one for all hosts behind it. Where the user has one open, that is used.
 */
export function opensshClient(options: OpensshClientOptions): SshClient {
  const env = withoutOurs(options.env);
  const sockets = socketFolder();
  const bastions = bastionPool<Master>({
    connectTo: connect,
    isUsable: (master) => !master.isGone(),
    retries: options.retries,
  });

  async function connect(settings: SshSettings, signal: AbortSignal): Promise<Attempt<Master>> {
    const unfit = unfitName(settings);
    if (unfit !== null)
      return unreachable('address', trouble(`${unfit} is no name that ssh should be given`));
    const { via } = settings;
    if (via === null) return logIn(settings, null, signal);
    const bastion = () => bastions.get(via, signal, () => trouble(abortReason(signal)));
    const way = await bastion();
    if (!way.ok) return way;
    const opened = await logIn(settings, way.value, signal);
    if (opened.ok || !opened.transient || !(await endsSoon(way.value))) return opened;
    const other = await bastion();
    return other.ok ? logIn(settings, other.value, signal) : other;
  }

  async function logIn(
    settings: SshSettings,
    bastion: Master | null,
    signal: AbortSignal,
  ): Promise<Attempt<Master>> {
    const { connectTimeout } = settings;
    const how = opensshArguments(settings, options, bastion && throughCommand(bastion.over, settings));
    const running = settings.controlPath ? await runningMaster(how, env, signal) : null;
    if (running !== null) return { ok: true, value: running };
    const opened = await openMaster({
      ...how,
      socket: sockets.next(),
      env,
      timeout: connectTimeout,
      signal,
      whyEnded: (log) => whyEnded(log, settings, bastion),
      whyLate: (log) => {
        const moment = momentOf(log);
        return unreachable(moment, lateMessage(moment, whereIs(settings), connectTimeout / 1000));
      },
    });
    if (opened.ok && settings.checking !== 'off')
      for (const message of newKeyMessage(opened.value.log())) options.warn(message);
    return opened;
  }

  return {
    async open(settings, signal, tell) {
      const master = await connect(settings, signal);
      if (!master.ok) return master;
      for (const check of opensshChecks(master.value.log(), settings)) tell(check);
      const whyGone = (log: string) => lossOf(log, settings.via && endpointName(settings.via));
      return { ok: true, value: opensshSession(master.value, env, whyGone) };
    },
    close() {
      for (const master of bastions.end()) master.close();
      sockets.remove();
    },
  };
}

/** The milliseconds in which ssh notices that its connection has ended: what goes over it may end before. */
const NOTICING = 500;

async function endsSoon(master: Master): Promise<boolean> {
  await Promise.race([master.ended, sleep(NOTICING)]);
  return master.isGone();
}

async function whyEnded(log: string, settings: SshSettings, bastion: Master | null): Promise<Failure> {
  const refusal = () => channelRefusal(bastion?.log() ?? '', settings.address, settings.port);
  // the output of the two comes by different pipes
  for (let tries = 0; bastion !== null && refusal() === null && tries < 10; tries++) await sleep(20);
  return explainFailure({ log, settings, refusal: refusal() });
}

/** Returns the environment without our secrets, which are not for others. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TWLINT_')));
}

/** The longest path of a temporary folder that leaves room for a socket's: 104 bytes on macOS, with ssh's own suffix. */
const LONGEST = 64;

/** Returns the folder of control sockets, which is made once it is needed. */
function socketFolder(): { next(): string; remove(): void } {
  let folder: string | null = null;
  let made = 0;
  return {
    next() {
      folder ??= mkdtempSync(join(tmpdir().length > LONGEST ? '/tmp' : tmpdir(), 'twlint-ssh-'));
      return join(folder, String(++made));
    },
    remove() {
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}
