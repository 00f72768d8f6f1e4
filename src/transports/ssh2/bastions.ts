import type { Duplex } from 'node:stream';
import { passed, type Trouble, trouble } from '../check.ts';
import { type Attempt, abortReason, type Failure, unreachable } from '../session.ts';
import { endpointName, type SshSettings } from '../settings/ssh-settings.ts';
import { barredMessage, routeMessage } from './bastion-messages.ts';
import { bastionPool } from './bastion-pool.ts';
import type { Bastions, JumpLink, Stopwatch } from './reach-host.ts';

/** Connects to a bastion itself. */
type ConnectTo = (bastion: SshSettings, signal: AbortSignal) => Promise<Attempt<JumpLink>>;

/** One connection to a bastion. */
interface Shared {
  link: JumpLink;
  /** The number of channels that are open, and of those it grants: known once it has refused one. */
  open: number;
  room: number;
  alive: boolean;
}

/** The number of times that a channel is asked for, because a connection died or was full. */
const ATTEMPTS = 5;

/**
 * Shares one connection to a bastion among all hosts behind it: opened again when it died, and another one when it is
 * full.
 */
export function shareBastions(connectTo: ConnectTo, retries: number): Bastions {
  const pool = bastionPool<Shared>({
    async connectTo(bastion, signal) {
      const link = await connectTo(bastion, signal);
      return link.ok ? { ok: true, value: shared(link.value) } : link;
    },
    isUsable: ({ alive, open, room }) => alive && open < room,
    retries,
  });
  return {
    async ready(bastion, signal) {
      const found = await pool.get(bastion, signal, () => trouble(abortReason(signal)));
      return found.ok ? null : found;
    },
    async through(bastion, to, clock) {
      for (let attempt = 1; ; attempt++) {
        const found = await pool.get(bastion, clock.signal, () => clock.whyAborted('route'));
        if (!found.ok) return found;
        const channel = await openChannel(found.value, bastion, to, clock);
        if (channel.ok) {
          clock.tell(passed('address', `${to.address} port ${to.port}`));
          clock.tell(passed('route', `by ${routeMessage(bastion)}`));
        }
        if (channel.ok || !channel.elsewhere || attempt === ATTEMPTS) return channel;
      }
    },
    close() {
      for (const { link } of pool.end()) link.socket.destroy();
    },
  };
}

function shared(link: JumpLink): Shared {
  const connection: Shared = { link, open: 0, room: Number.POSITIVE_INFINITY, alive: true };
  link.client.on('error', () => {});
  link.client.on('close', () => {
    connection.alive = false;
  });
  return connection;
}

/** A channel or a failure; `elsewhere`: another connection to the same bastion may grant it. */
type Channel = { ok: true; value: Duplex } | (Failure & { elsewhere: boolean });

/** The reasons why a channel is not opened: RFC 4254, section 5.1. */
const REFUSAL = { PROHIBITED: 1, CONNECT_FAILED: 2, UNKNOWN_TYPE: 3, SHORTAGE: 4 };

function openChannel(
  shared: Shared,
  bastion: SshSettings,
  to: SshSettings,
  clock: Stopwatch,
): Promise<Channel> {
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
    const onGone = () =>
      fail(trouble(`the bastion ${endpointName(bastion)} closed the connection`), true, true);
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
          fail(refusalMessage(error, reason, bastion, to), transient, elsewhere);
          return;
        }
        channel.once('close', () => shared.open--);
        settle({ ok: true, value: channel });
      });
    } catch {
      // ssh2 throws where its socket is closed already but has not reported so
      onGone();
    }
  });
}

function refusalMessage(
  { message }: Error,
  reason: number | undefined,
  bastion: SshSettings,
  to: SshSettings,
): Trouble {
  // ssh2: "(SSH) Channel open failure: Connection refused"
  const why = message.replace(/^\(SSH\) Channel open failure: /, '');
  return barredMessage(bastion, to, why, reason === REFUSAL.CONNECT_FAILED);
}
