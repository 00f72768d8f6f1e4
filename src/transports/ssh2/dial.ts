import { connect, isIP, type Socket } from 'node:net';
import { wordTable } from '../../word-table.ts';
import { passed, type Tell, type Trouble, trouble } from '../check.ts';
import { type Attempt, unreachable } from '../session.ts';

/** The address to connect to, and the means to stop it. */
export interface Dial {
  address: string;
  port: number;
  /** The milliseconds until it gives up, for messages and for sharing between several addresses of a name. */
  timeout: number;
  signal: AbortSignal;
  /** Returns why the signal was aborted, given how far it had come. */
  whyAborted(moment: 'address' | 'route'): Trouble;
  tell: Tell;
}

/** Opens a TCP connection, or returns why there is none. */
export function dial({ address, port, timeout, signal, whyAborted, tell }: Dial): Promise<Attempt<Socket>> {
  return new Promise((resolve) => {
    let moment: 'address' | 'route' = isIP(address) ? 'route' : 'address';
    const socket = connect({
      host: address,
      port,
      // without it, each small packet of the handshake waits for the acknowledgement of the one before
      noDelay: true,
      // a name with several addresses: each gets its share of the time (Node's default of 0.25 s is too short)
      autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(timeout / 4)),
    });
    const settle = (answer: Attempt<Socket>) => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('connect', onConnect);
      resolve(answer);
    };
    const fail = (why: Trouble, transient: boolean) => {
      socket.destroy();
      settle(unreachable(moment, why, transient));
    };
    const onAbort = () => fail(whyAborted(moment), false);
    const onConnect = () => {
      tell(passed('address', `${socket.remoteAddress} port ${port}`));
      tell(passed('route', 'direct'));
      settle({ ok: true, value: socket });
    };
    socket.once('lookup', (error) => {
      if (!error) moment = 'route';
    });
    socket.once('connect', onConnect);
    // stays for as long as the socket does: an error after the connection is made is reported by whoever uses it
    socket.on('error', (error) => fail(dialTrouble(error, address, port), errorsOf(error).some(isTransient)));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

type Explain = (place: string, address: string) => Trouble;

const forbiddenMessage: Explain = (place, address) =>
  trouble(
    `this machine's own firewall forbids connecting to ${place}`,
    `see its rules for OUTPUT, and: ip route get ${address}`,
  );

const REASONS = wordTable<Explain>({
  ENOTFOUND: (_, address) =>
    trouble(`there is no address for the name ${address}`, 'is it mistyped, or is ansible_host missing?'),
  EAI_AGAIN: (_, address) =>
    trouble(
      `the name ${address} could not be looked up, since no name server answered`,
      'try again, or give the address in ansible_host',
    ),
  ECONNREFUSED: (place) =>
    trouble(`${place} refuses connections`, 'is sshd running there, and is ansible_port right?'),
  EHOSTUNREACH: (place) =>
    trouble(`there is no way to ${place}`, 'is the host up, and does a firewall reject us?'),
  ENETUNREACH: (place) =>
    trouble(`this machine has no route to ${place}`, 'is a VPN down, or ansible_host wrong?'),
  ETIMEDOUT: (place) =>
    trouble(`${place} does not answer`, 'is the host up, and does a firewall drop our packets?'),
  ECONNRESET: (place) =>
    trouble(`${place} reset the connection`, 'is it an SSH port, and does a firewall reject us?'),
  EACCES: forbiddenMessage,
  EPERM: forbiddenMessage,
  EMFILE: () => trouble('this process has too many files open', 'lower --concurrency, or raise ulimit -n'),
});

/**
 * Tells whether an error may pass: a server that restarts, a name server that is busy. Whoever does not answer had its
 * packets repeated already.
 */
export const isTransient = ({ code = '' }: Pick<NodeJS.ErrnoException, 'code'>) =>
  ['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'EMFILE'].includes(code);

/** Returns the errors of a name with several addresses, one for each. */
const errorsOf = (error: Error): NodeJS.ErrnoException[] =>
  error instanceof AggregateError ? error.errors : [error];

/** Returns a socket's error in words; of several (one for each address of a name), each kind once. */
export function dialTrouble(error: Error, address: string, port: number): Trouble {
  const troubles = errorsOf(error).map(({ code = '', message }) => codeMessage(code, message, address, port));
  const each = (part: keyof Trouble) =>
    [...new Set(troubles.map((one) => one[part]))].filter((text) => text !== '').join('; ');
  return trouble(each('what'), each('remedy'));
}

/** Returns an error of the system's in words, by its name in C. */
export function codeMessage(code: string, message: string, address: string, port: number): Trouble {
  const place = `${address} port ${port}`;
  return REASONS[code]?.(place, address) ?? trouble(`connecting to ${place} failed: ${message}`);
}
