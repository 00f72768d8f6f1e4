import ssh2, {
  type KeyboardInteractiveAuthMethod,
  type NextAuthHandler,
  type PasswordAuthMethod,
} from 'ssh2';
import { type Trouble, trouble } from '../check.ts';
import type { Identity } from '../keys/identity.ts';
import type { Offer } from '../keys/keys.ts';
import { deniedMessage } from './login-messages.ts';

/** The means to log in with. */
export interface Means {
  user: string;
  offer: Offer;
  /** The answer where a password is wanted; null: nothing. */
  password: string | null;
}

/** The login that the means are tried in. */
interface Course {
  isOver(): boolean;
  /** Ends the login: nothing let us in. */
  fail(why: Trouble): void;
  /** Reports the means that is tried now, in words. */
  trying(means: string): void;
}

/**
 * Tries key after key, and then the password, once. Before it is given up, `none` is asked for, to learn what the
 * server would have taken.
 */
export function oneAfterTheOther(
  { user: username, offer, password }: Means,
  { isOver, fail, trying }: Course,
) {
  const waiting = [...offer.identities];
  const unsigned: string[] = [];
  const answers = password === null ? [] : passwordMethods(username, password, fail);
  let askedForNone = false;
  let usedPassword = false;
  return (allowed: string[] | null, _partial: boolean | null, next: NextAuthHandler): void => {
    if (isOver()) return;
    const identity = allowed?.includes('publickey') === false ? undefined : waiting.shift();
    const answer = usedPassword ? undefined : answers.find(({ type }) => allowed?.includes(type));
    if (identity) {
      trying(identity.name);
      next({ type: 'agent', username, agent: new OneKey(identity, isOver, unsigned) });
    } else if (answer) {
      usedPassword = true;
      trying('a password');
      next(answer);
    } else if (!askedForNone) {
      askedForNone = true;
      trying('nothing');
      next({ type: 'none', username });
    } else {
      const withheld = [...unsigned, ...offer.withheld];
      fail(deniedMessage(username, { ...offer, withheld }, allowed, usedPassword));
    }
  };
}

/** The most rounds of questions that a host may ask. */
const ROUNDS = 5;

/**
 * Returns the methods with a password, in OpenSSH's order. Of questions, those are answered with it whose answer is not
 * to be seen.
 */
function passwordMethods(
  username: string,
  password: string,
  fail: Course['fail'],
): [KeyboardInteractiveAuthMethod, PasswordAuthMethod] {
  let rounds = 0;
  let hasAnswered = false;
  const prompt: KeyboardInteractiveAuthMethod['prompt'] = (_name, _words, _language, prompts, finish) => {
    if (++rounds > ROUNDS)
      return fail(trouble(`it asks and asks, and does not let ${username} in`, "see sshd's log there"));
    // a second question is for a one-time code, or because the password was wrong
    finish(prompts.map(({ echo }) => (echo || hasAnswered ? '' : password)));
    hasAnswered ||= prompts.some(({ echo }) => !echo);
  };
  return [
    { type: 'keyboard-interactive', username, prompt },
    { type: 'password', username, password },
  ];
}

/** An agent with one key: it hands ssh2 a key whose private half may be elsewhere. */
class OneKey extends ssh2.BaseAgent {
  readonly #identity: Identity;
  readonly #isOver: () => boolean;
  /** Collects the keys that did not sign. */
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
