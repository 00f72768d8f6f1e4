import type { Duplex } from 'node:stream';
import ssh2, { type Algorithms, type Client } from 'ssh2';
import { passed, type Tell, type Trouble } from '../check.ts';
import type { Trust } from '../known-hosts/host-key.ts';
import { type Attempt, unreachable } from '../session.ts';
import { type Means, oneAfterTheOther } from './login-means.ts';
import { hungUpMessage, isHangUp, type Moment, sshErrorMessage } from './login-messages.ts';
import { negotiationListener } from './negotiation.ts';

/** The settings of a login over a connection that is open. */
export interface Login extends Means {
  algorithms: Algorithms;
  legacy: boolean;
  /**
   * The milliseconds of silence until the host is asked whether it is still there (0: never), and the number of times.
   */
  alive: { interval: number; count: number };
  /** Judges the key that the host presents. */
  trust(key: Buffer): Trust;
  /** Takes the key that a new host has proved to hold; returns why it is not to be believed after all, or null. */
  onNewKey(key: Buffer): Trouble | null;
  signal: AbortSignal;
  /** Returns why the signal was aborted, given how far it had come. */
  whyAborted(moment: Moment): Trouble;
  tell: Tell;
}

/** Does the handshake and logs in. Where it fails, the connection is gone when this resolves. */
export function logIn(socket: Duplex, login: Login): Promise<Attempt<Client>> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    const greeting = firstBytes(socket);
    const negotiation = negotiationListener(login.legacy);
    let moment: Moment = 'greeting';
    let settled = false;
    let distrust: Trouble | null = null;
    let newKey: Buffer | null = null;
    let letIn = '';
    const momentNow = (): Moment =>
      moment === 'greeting' && /^SSH-/m.test(greeting()) ? 'key exchange' : moment;

    const settle = (answer: Attempt<Client>) => {
      if (settled) return;
      settled = true;
      login.signal.removeEventListener('abort', onAbort);
      if (!answer.ok) socket.destroy();
      resolve(answer);
    };
    // keys are exchanged again now and then, which is no news
    const tell: Tell = (check) => {
      if (!settled) login.tell(check);
    };
    const fail = (why: Trouble, transient = false) => {
      const stage = distrust === null ? momentNow() : 'host key';
      if (stage === 'key exchange') tell(passed('greeting', softwareOf(greeting())));
      settle(unreachable(stage, distrust ?? why, transient));
    };
    // once somebody asks for a name and a key, trying again may count as an attack
    const hungUp = () => moment !== 'login' && distrust === null;
    const onAbort = () => fail(login.whyAborted(momentNow()));

    client.on('error', (error) => {
      // an agent that does not sign: the next key is tried
      if ((error as { level?: string }).level === 'agent') return;
      const why = negotiation.explain(error) ?? sshErrorMessage(error, momentNow(), greeting());
      fail(why, isHangUp(error) && hungUp());
    });
    client.on('close', () => fail(hungUpMessage(momentNow(), greeting()), hungUp()));
    client.on('handshake', () => {
      moment = 'login';
      distrust = newKey && login.onNewKey(newKey);
      newKey = null;
      if (distrust !== null) fail(distrust);
    });
    client.on('ready', () => {
      tell(passed('login', `as ${login.user} with ${letIn}`));
      settle({ ok: true, value: client });
    });

    if (login.signal.aborted) return onAbort();
    login.signal.addEventListener('abort', onAbort, { once: true });
    client.connect({
      sock: socket,
      username: login.user,
      algorithms: login.algorithms,
      // our own clock covers connecting too
      readyTimeout: 0,
      keepaliveInterval: login.alive.interval,
      keepaliveCountMax: login.alive.count,
      debug: negotiation.listen,
      hostVerifier: (key: Buffer) => {
        const trust = login.trust(key);
        tell(passed('greeting', softwareOf(greeting())));
        tell(passed('key exchange', negotiation.agreed()));
        if (!trust.trusted) distrust = trust.why;
        else {
          tell(passed('host key', trust.why));
          if (trust.isNew) newKey = key;
        }
        return trust.trusted;
      },
      authHandler: oneAfterTheOther(login, {
        isOver: () => settled,
        fail,
        trying(means) {
          letIn = means;
        },
      }),
    });
  });
}

/** Returns the software of a greeting: `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
const softwareOf = (greeting: string) => /^SSH-[\d.]+-([ -~]*)/m.exec(greeting)?.[1] ?? '';

/** Returns the start of what a server sends, in the clear. */
function firstBytes(socket: Duplex, limit = 4096): () => string {
  let text = '';
  const onData = (chunk: Buffer) => {
    text += chunk.toString('latin1', 0, limit - text.length);
    if (text.length >= limit) socket.removeListener('data', onData);
  };
  // ssh2 decides when it flows
  socket.pause();
  socket.on('data', onData);
  return () => text;
}
