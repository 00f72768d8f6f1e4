import type { Duplex } from 'node:stream';
import type { Link, Through } from './reach-host.ts';
import { whereIs } from './reach-host.ts';
import { abortReason, type Failure, type Outcome, unreachable } from './session.ts';
import { placeName, type SshSettings } from './ssh-settings.ts';

/** Connections to bastions, each shared by all hosts behind it. */
export interface Bastions {
  /** Opens a channel through a bastion to a host behind it. */
  through: Through;
  close(): void;
}

/** Connects to a bastion itself. */
type ConnectTo = (bastion: SshSettings, signal: AbortSignal) => Promise<Outcome<Link>>;

/** A connection to a bastion. */
interface Shared {
  link: Link;
  /** Channels that are open. */
  open: number;
  /** How many it grants: known once it has refused one. */
  room: number;
  alive: boolean;
}

/** Everything about one bastion. */
interface Pool {
  bastion: SshSettings;
  shared: Shared[];
  opening: Promise<Outcome<Shared>> | null;
  /** It could not be reached; whoever else is behind it need not wait to hear the same. */
  failed: Failure | null;
}

/** How often a channel is asked for, with a connection that died or was full in between. */
const ATTEMPTS = 5;

export function shareBastions(connectTo: ConnectTo): Bastions {
  const pools = new Map<string, Pool>();
  const stop = new AbortController();
  const poolOf = (bastion: SshSettings): Pool => {
    const key = JSON.stringify(bastion);
    const pool = pools.get(key) ?? { bastion, shared: [], opening: null, failed: null };
    pools.set(key, pool);
    return pool;
  };
  const through: Through = async (bastion, to, clock) => {
    const pool = poolOf(bastion);
    for (let attempt = 1; ; attempt++) {
      const shared = await orAborted(
        connectionOf(pool, connectTo, stop.signal),
        clock.signal,
        clock.whyAborted,
      );
      if (!shared.ok) return shared;
      const channel = await openChannel(shared.value, to, bastion, clock);
      if (channel.ok || channel.why === 'for good' || attempt === ATTEMPTS) return channel;
    }
  };
  return {
    through,
    close() {
      stop.abort(new Error('the run is over'));
      for (const { shared } of pools.values()) for (const { link } of shared) link.socket.destroy();
    },
  };
}
