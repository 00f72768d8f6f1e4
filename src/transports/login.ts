import type { Duplex } from 'node:stream';
import ssh2, {
  type Algorithms,
  type Client,
  type KeyboardInteractiveAuthMethod,
  type NextAuthHandler,
  type PasswordAuthMethod,
} from 'ssh2';
import { passed, type Tell, type Trouble, trouble } from './check.ts';
import type { Trust } from './host-key.ts';
import type { Identity } from './identity.ts';
import type { Offer } from './keys.ts';
import {
  deniedWords,
  hungUpWords,
  isHangUp,
  type Moment,
  negotiationListener,
  sshErrorWords,
} from './login-words.ts';
import { type Outcome, unreachable } from './session.ts';

/** How to log in over a connection that is open. */
export interface Login {
  user: string;
  offer: Offer;
  /** What to answer where a password is wanted; null: nothing. */
  password: string | null;
  algorithms: Algorithms;
  legacy: boolean;
  /** Milliseconds of silence until the host is asked whether it is still there (0: never), and how often. */
  alive: { interval: number; count: number };
  /** Judges the key that the host presents. */
  trust(key: Buffer): Trust;
  /** A new host has proved that it holds this key. */
  onNewKey(key: Buffer): void;
  signal: AbortSignal;
  /** Why the signal was aborted, given how far it had come. */
  whyAborted(moment: Moment): Trouble;
  tell: Tell;
}

/** Does the handshake and logs in. Where it fails, the connection is gone when this resolves. */
export function logIn(socket: Duplex, login: Login): Promise<Outcome<Client>> {
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

    const settle = (answer: Outcome<Client>) => {
      if (settled) return;
      settled = true;
      login.signal.removeEventListener('abort', onAbort);
      if (!answer.ok) socket.destroy();
      resolve(answer);
    };
    const fail = (why: Trouble, transient = false) =>
      settle(unreachable(distrust === null ? momentNow() : 'host key', distrust ?? why, transient));
    // keys are exchanged anew now and then, which is no news
    const tell: Tell = (check) => {
      if (!settled) login.tell(check);
    };
    // once somebody asks for a name and a key, trying again may count as an attack
    const hungUp = () => moment !== 'log-in' && distrust === null;
    const onAbort = () => fail(login.whyAborted(momentNow()));

    client.on('error', (error) => {
      // an agent that does not sign: the next key is tried
      if ((error as { level?: string }).level === 'agent') return;
      const why = negotiation.words(error) ?? sshErrorWords(error, momentNow(), greeting());
      fail(why, isHangUp(error) && hungUp());
    });
    client.on('close', () => fail(hungUpWords(momentNow(), greeting()), hungUp()));
    client.on('handshake', () => {
      moment = 'log-in';
      if (newKey) login.onNewKey(newKey);
      newKey = null;
    });
    client.on('ready', () => {
      tell(passed('log-in', `as ${login.user} with ${letIn}`));
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
      authHandler: oneAfterTheOther(
        login,
        () => settled,
        fail,
        (means) => {
          letIn = means;
        },
      ),
    });
  });
}

/**
 * Tries key after key, and then the password, once. Before it is given up, `none` is asked for, to learn what the
 * server would have taken.
 */
function oneAfterTheOther(
  login: Login,
  isOver: () => boolean,
  fail: (why: Trouble) => void,
  onTry: (means: string) => void,
) {
  const { user: username, password } = login;
  const waiting = [...login.offer.identities];
  const unsigned: string[] = [];
  const answers = password === null ? [] : passwordMethods(username, password, fail);
  let askedForNone = false;
  let usedPassword = false;
  return (allowed: string[] | null, _partial: boolean | null, next: NextAuthHandler): void => {
    if (isOver()) return;
    const identity = allowed?.includes('publickey') === false ? undefined : waiting.shift();
    const answer = usedPassword ? undefined : answers.find(({ type }) => allowed?.includes(type));
    if (identity) {
      onTry(identity.name);
      next({ type: 'agent', username, agent: new OneKey(identity, isOver, unsigned) });
    } else if (answer) {
      usedPassword = true;
      onTry('a password');
      next(answer);
    } else if (!askedForNone) {
      askedForNone = true;
      onTry('nothing');
      next({ type: 'none', username });
    } else {
      const withheld = [...unsigned, ...login.offer.withheld];
      fail(deniedWords(username, { ...login.offer, withheld }, allowed, usedPassword));
    }
  };
}

/** Rounds of questions that a host may ask. */
const ROUNDS = 5;

/** In OpenSSH's order. Of questions, those are answered with the password whose answer is not to be seen. */
function passwordMethods(
  username: string,
  password: string,
  fail: (why: Trouble) => void,
): [KeyboardInteractiveAuthMethod, PasswordAuthMethod] {
  let rounds = 0;
  let given = false;
  const prompt: KeyboardInteractiveAuthMethod['prompt'] = (_name, _words, _language, prompts, finish) => {
    if (++rounds > ROUNDS)
      return fail(trouble(`it asks and asks, and does not let ${username} in`, "see sshd's log there"));
    // a second question is for a one-time code, or because the password was wrong
    finish(prompts.map(({ echo }) => (echo || given ? '' : password)));
    given ||= prompts.some(({ echo }) => !echo);
  };
  return [
    { type: 'keyboard-interactive', username, prompt },
    { type: 'password', username, password },
  ];
}

/** An agent with one key: the way to hand ssh2 a key whose private half may be elsewhere. */
class OneKey extends ssh2.BaseAgent {
  readonly #identity: Identity;
  readonly #isOver: () => boolean;
  /** Where to tell that it did not sign. */
  readonly #unsigned: string[];

  constructor(identity: Identity, isOver: () => boolean, unsigned: string[]) {
    super();
    this.#identity = identity;
    this.#isOver = isOver;
    this.#unsigned = unsigned;
  }

  override getIdentities(done: (error: null, keys: ssh2.ParsedKey[]) => void): void {
    // later, for then a connection that broke in the meantime is known to be over
    setImmediate(() => {
      if (!this.#isOver()) done(null, [this.#identity.key]);
    });
  }

  override sign(
    _key: unknown,
    data: Buffer,
    options: ssh2.SigningRequestOptions | ssh2.SignCallback,
    done: ssh2.SignCallback = () => {},
  ): void {
    const hash = 'hash' in options ? options.hash : undefined;
    this.#identity.sign(data, hash, (error, signature) => {
      if (this.#isOver()) return;
      if (signature) return done(null, signature);
      this.#unsigned.push(`${this.#identity.name} did not sign`);
      done(error ?? new Error('no signature'));
    });
  }
}

/** `SSH-2.0-OpenSSH_9.2p1 Debian-2` */
const softwareOf = (greeting: string) => /^SSH-[\d.]+-([ -~]*)/m.exec(greeting)?.[1] ?? '';

/** The start of what a server sends, in the clear. */
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
