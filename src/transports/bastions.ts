import type { Duplex } from 'node:stream';
import { passed, type Trouble, trouble } from './check.ts';
import { type Bastions, type Clock, type Link, whereIs } from './reach-host.ts';
import { afterAttempts, retrying } from './retry.ts';
import { abortReason, type Failure, type Outcome, unreachable } from './session.ts';
import { placeName, type SshSettings } from './ssh-settings.ts';

/** Connects to a bastion itself. */
type ConnectTo = (bastion: SshSettings, signal: AbortSignal) => Promise<Outcome<Link>>;

/** One connection to a bastion. */
interface Shared {
  link: Link;
  /** Channels that are open, and how many it grants: known once it has refused one. */
  open: number;
  room: number;
  alive: boolean;
}

/** All connections to one bastion. */
interface Pool {
  bastion: SshSettings;
  shared: Shared[];
  opening: Promise<Outcome<Shared>> | null;
  /** It could not be reached; whoever else is behind it need not wait to hear the same. */
  failed: Failure | null;
}

/** How connections to bastions are opened. */
interface Opening {
  connectTo: ConnectTo;
  /** Times to try again, where that can help. */
  retries: number;
  stop: AbortSignal;
}

/** How often a channel is asked for anew, because a connection died or was full. */
const ATTEMPTS = 5;

/** One connection to a bastion for all hosts behind it: opened again when it died, and another one when it is full. */
export function shareBastions(connectTo: ConnectTo, retries: number): Bastions {
  const pools = new Map<string, Pool>();
  const stop = new AbortController();
  const poolOf = (bastion: SshSettings): Pool => {
    const key = JSON.stringify(bastion, withoutPlaces);
    const pool = pools.get(key) ?? { bastion, shared: [], opening: null, failed: null };
    pools.set(key, pool);
    return pool;
  };
  const opening = { connectTo, retries, stop: stop.signal };
  const sharedOf = (bastion: SshSettings) => sharedIn(poolOf(bastion), opening);
  return {
    async ready(bastion, signal) {
      const shared = await orAborted(sharedOf(bastion), signal, () => trouble(abortReason(signal)));
      return shared.ok ? null : shared;
    },
    async through(bastion, to, clock) {
      for (let attempt = 1; ; attempt++) {
        const why = () => clock.whyAborted('route');
        const shared = await orAborted(sharedOf(bastion), clock.signal, why);
        if (!shared.ok) return shared;
        const channel = await openChannel(shared.value, bastion, to, clock);
        if (channel.ok) {
          clock.tell(passed('address', `${to.address} port ${to.port}`));
          clock.tell(passed('route', `by ${wayWords(bastion)}`));
        }
        if (channel.ok || !channel.elsewhere || attempt === ATTEMPTS) return channel;
      }
    },
    close() {
      stop.abort(new Error('the run is over'));
      for (const { shared } of pools.values()) for (const { link } of shared) link.socket.destroy();
    },
  };
}

/** Whichever line of whichever file names it, it is the same bastion. */
const withoutPlaces = (key: string, value: unknown) =>
  key === 'place' || key === 'uncheckedBy' ? undefined : value;

/** A connection with room for one more channel. */
async function sharedIn(pool: Pool, opening: Opening): Promise<Outcome<Shared>> {
  if (pool.failed !== null) return pool.failed;
  const roomy = pool.shared.find(({ alive, open, room }) => alive && open < room);
  if (roomy) return { ok: true, value: roomy };
  pool.opening ??= openShared(pool, opening).finally(() => {
    pool.opening = null;
  });
  return pool.opening;
}

async function openShared(pool: Pool, { connectTo, retries, stop }: Opening): Promise<Outcome<Shared>> {
  const attempt = () => connectTo(pool.bastion, stop);
  const worthwhile = (link: Outcome<Link>) => !link.ok && link.transient;
  const { result: link, attempts } = await retrying(attempt, { retries, signal: stop, worthwhile });
  if (!link.ok) {
    const what = `the bastion ${placeName(pool.bastion)} can't be used: ${afterAttempts(link.what, attempts)}`;
    pool.failed = unreachable('route', trouble(what, link.remedy));
    return pool.failed;
  }
  const shared: Shared = { link: link.value, open: 0, room: Number.POSITIVE_INFINITY, alive: true };
  pool.shared.push(shared);
  const { client } = link.value;
  client.on('error', () => {});
  client.on('close', () => {
    shared.alive = false;
    pool.shared = pool.shared.filter((other) => other !== shared);
  });
  return { ok: true, value: shared };
}

/** `elsewhere`: another connection to the same bastion may grant it. */
type Channel = { ok: true; value: Duplex } | (Failure & { elsewhere: boolean });

/** RFC 4254, section 5.1: why a channel is not opened. */
const REFUSAL = { PROHIBITED: 1, CONNECT_FAILED: 2, UNKNOWN_TYPE: 3, SHORTAGE: 4 };

function openChannel(shared: Shared, bastion: SshSettings, to: SshSettings, clock: Clock): Promise<Channel> {
  shared.open++;
  return new Promise((resolve) => {
    let settled = false;
    const settle = (channel: Channel) => {
      if (settled) {
        if (channel.ok) channel.value.destroy();
        return;
      }
      settled = true;
      clock.signal.removeEventListener('abort', onAbort);
      shared.link.client.removeListener('close', onGone);
      if (!channel.ok) shared.open--;
      resolve(channel);
    };
    const fail = (why: Trouble, transient: boolean, elsewhere: boolean) =>
      settle({ ...unreachable('route', why, transient), elsewhere });
    const onAbort = () => fail(clock.whyAborted('route'), false, false);
    const onGone = () => fail(trouble(`the bastion ${placeName(bastion)} closed the connection`), true, true);
    clock.signal.addEventListener('abort', onAbort, { once: true });
    shared.link.client.once('close', onGone);
    if (clock.signal.aborted) return onAbort();
    if (!shared.alive) return onGone();
    try {
      shared.link.client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, channel) => {
        if (error) {
          const { reason } = error as Error & { reason?: number };
          const isFull = reason === REFUSAL.PROHIBITED || reason === REFUSAL.SHORTAGE;
          // one that refuses its only channel would refuse it on another connection too
          const elsewhere = isFull && shared.open > 1;
          if (elsewhere) shared.room = Math.min(shared.room, shared.open - 1);
          const transient = reason === REFUSAL.CONNECT_FAILED && /refused/i.test(error.message);
          fail(refusalWords(error, reason, bastion, to), transient, elsewhere);
          return;
        }
        channel.once('close', () => shared.open--);
        settle({ ok: true, value: channel });
      });
    } catch {
      // ssh2 throws where its socket is closed already but has not said so
      onGone();
    }
  });
}

/** `jump, then inner` */
function wayWords(bastion: SshSettings): string {
  return bastion.via === null ? placeName(bastion) : `${wayWords(bastion.via)}, then ${placeName(bastion)}`;
}

function refusalWords(
  error: Error,
  reason: number | undefined,
  bastion: SshSettings,
  to: SshSettings,
): Trouble {
  // ssh2: "(SSH) Channel open failure: Connection refused"
  const said = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  if (reason === REFUSAL.CONNECT_FAILED)
    return trouble(
      `the bastion ${placeName(bastion)} has no connection to ${to.address} port ${to.port} (${said})`,
      'is the host up, is sshd running there, and does a firewall between them reject it?',
    );
  return trouble(
    `the bastion ${placeName(bastion)} does not lead to ${whereIs({ ...to, via: null })} (${said})`,
    'see AllowTcpForwarding and PermitOpen in its sshd_config',
  );
}

/** What is shared goes on for the others when one no longer waits for it. */
function orAborted<T>(
  promise: Promise<Outcome<T>>,
  signal: AbortSignal,
  why: () => Trouble,
): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const onAbort = () => resolve(unreachable('route', why()));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then((value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
  });
}
