import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { type Tell, type Trouble, trouble } from '../check.ts';
import type { OfferKeys } from '../keys/keys.ts';
import { expectedKeys, judgeHostKey, knownKeyTypes } from '../known-hosts/host-key.ts';
import { fingerprint } from '../known-hosts/known-hosts.ts';
import type { KnownHosts } from '../known-hosts/known-hosts-files.ts';
import { type Attempt, abortReason, type Failure } from '../session.ts';
import type { SshSettings } from '../settings/ssh-settings.ts';
import { algorithmsFor } from './algorithms.ts';
import { whereIs } from './bastion-messages.ts';
import { dial } from './dial.ts';
import { logIn } from './login.ts';
import { lateMessage, type Moment } from './login-messages.ts';

/** A connection that is logged in. */
export interface JumpLink {
  client: Client;
  /** The socket that it goes over: a TCP connection, or a channel of a bastion's. */
  socket: Duplex;
}

export interface ReachOptions {
  /** Returns the host keys that are known for a host with these settings. */
  knownHosts(settings: SshSettings): KnownHosts;
  offerKeys: OfferKeys;
  /** The password for any host that wants one; null: none does. */
  password: string | null;
  /** The number of retries for a bastion, where that can help. */
  retries: number;
  /** Reports to the user something that is no host's failure. */
  warn(text: string): void;
}

/** The time limit, and the receiver of how far it came. */
export interface Stopwatch {
  signal: AbortSignal;
  /** Returns why the signal was aborted, given how far it had come. */
  whyAborted(moment: Moment): Trouble;
  tell: Tell;
}

/** The connections through bastions. */
export interface Bastions {
  /** Makes sure that the bastion is connected to. */
  ready(bastion: SshSettings, signal: AbortSignal): Promise<Failure | null>;
  /** Opens a channel through it to a host behind it. */
  through(bastion: SshSettings, to: SshSettings, clock: Stopwatch): Promise<Attempt<Duplex>>;
  /** Ends all connections to bastions. */
  close(): void;
}

/** Connects to a host, makes sure that it is the right one, and logs in. */
export async function reachHost(
  settings: SshSettings,
  options: ReachOptions,
  bastions: Bastions,
  outer: AbortSignal,
  tell: Tell,
): Promise<Attempt<JumpLink>> {
  const { via } = settings;
  // a bastion has its own time
  const barred = via === null ? null : await bastions.ready(via, outer);
  if (barred !== null) return barred;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), settings.connectTimeout);
  const signal = AbortSignal.any([outer, late.signal]);
  const whyAborted = (moment: Moment) =>
    outer.aborted
      ? trouble(abortReason(outer))
      : lateMessage(moment, whereIs(settings), settings.connectTimeout / 1000);
  const clock = { signal, whyAborted, tell };
  try {
    const socket = await connect(settings, bastions, clock);
    return socket.ok ? await enter(settings, socket.value, options, clock) : socket;
  } finally {
    clearTimeout(timer);
  }
}

function connect(settings: SshSettings, bastions: Bastions, clock: Stopwatch): Promise<Attempt<Duplex>> {
  const { address, port, via, connectTimeout } = settings;
  if (via !== null) return bastions.through(via, settings, clock);
  return dial({ address, port, timeout: connectTimeout, ...clock });
}

async function enter(
  settings: SshSettings,
  socket: Duplex,
  options: ReachOptions,
  clock: Stopwatch,
): Promise<Attempt<JumpLink>> {
  const { legacy, checking } = settings;
  const known = options.knownHosts(settings);
  const expected = expectedKeys(settings, known);
  // looked up again: another target of the same address may have made it known meanwhile
  const trust = (key: Buffer) => judgeHostKey(key, expectedKeys(settings, known), known, checking);
  const client = await logIn(socket, {
    user: settings.user,
    ...secretsFor(settings, options),
    algorithms: algorithmsFor(knownKeyTypes(expected), legacy),
    legacy,
    alive: settings.alive,
    trust,
    onNewKey: (key) => {
      recordKey(expected.name, key, settings.hashed, known, options.warn);
      // another run may have made another key known for it meanwhile
      const after = trust(key);
      return after.trusted ? null : after.why;
    },
    ...clock,
  });
  return client.ok ? { ok: true, value: { client: client.value, socket } } : client;
}

/** Returns the secrets for a host. Keys prove nothing to whoever poses as it; a password would be given away. */
function secretsFor({ keys, checking }: SshSettings, { offerKeys, password }: ReachOptions) {
  const offer = offerKeys(keys);
  if (checking !== 'off' || password === null) return { offer, password };
  const withheld = [...offer.withheld, 'the password, since host keys are not checked'];
  return { offer: { ...offer, withheld }, password: null };
}

function recordKey(
  name: string,
  key: Buffer,
  hashed: boolean,
  known: KnownHosts,
  warn: ReachOptions['warn'],
): void {
  const found = `${name} is new: its host key ${fingerprint(key)}`;
  try {
    if (known.record(name, key, hashed)) warn(`${found} is now in ${known.file}`);
  } catch (error) {
    warn(`${found} could not be kept in ${known.file}: ${(error as Error).message}`);
  }
}
