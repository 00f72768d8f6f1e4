/** Seals messages with the key that a run's coordinator and its workers share, as Redis lets others in as well. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { UserError } from '../errors.ts';

/** What a message is, and what it belongs to: in any other place, it is as good as forged. */
export type About = readonly [kind: 'run' | 'job' | 'result' | 'worker', ...of: (string | number)[]];

/** The length of a seal (HMAC-SHA256), which stands before the message. */
const SIZE = 32;

/** Takes part in each seal, so that messages of another protocol are none of this one. */
const PROTOCOL = 'twlint queue 1';

/** The fewest characters of a key: what `openssl rand -hex 16` prints. */
const SHORTEST = 32;

/** What is wrong with a message that `unseal` does not open. */
export const FORGED = 'it is not signed with the key of this queue: somebody else writes to this Redis';

/** Returns the key that a person gave. Throws a UserError where it is too short to be one. */
export function keyFrom(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'utf8');
  if (key.length < SHORTEST)
    throw new UserError(`${where}: a key of the queue has ${SHORTEST} characters at least`, {
      hint: 'openssl rand -hex 32 makes one; the coordinator and all workers have the same',
    });
  return key;
}

export const seal = (key: Buffer, about: About, message: Uint8Array): Buffer =>
  Buffer.concat([mac(key, about, message), message]);

/** Returns the message; null: whoever sealed it had not the key, or it is about something else. */
export function unseal(key: Buffer, about: About, sealed: Buffer): Buffer | null {
  if (sealed.length < SIZE) return null;
  const message = sealed.subarray(SIZE);
  return timingSafeEqual(mac(key, about, message), sealed.subarray(0, SIZE)) ? message : null;
}

/** Returns a digest that says to those without the key no more than whether two values are equal. */
export const keyedDigest = (key: Buffer, what: string, value: unknown): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([PROTOCOL, 'digest', what, value]))
    .digest('hex')
    .slice(0, 32);

// no line of JSON has a line break in it: where the message begins is not in doubt
const mac = (key: Buffer, about: About, message: Uint8Array): Buffer =>
  createHmac('sha256', key)
    .update(`${JSON.stringify([PROTOCOL, ...about])}\n`)
    .update(message)
    .digest();
