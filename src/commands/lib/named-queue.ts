/** What the options of `--queue` name: a Redis, and the key that all processes of a run have. */
import { resolve } from 'node:path';
import type { InferredOptionTypes, Options } from 'yargs';
import type { Config } from '../../config/config.ts';
import { throwIfAny, UserError } from '../../errors.ts';
import type { NamedQueue } from '../../queue/connection.ts';
import { redisPlace } from '../../queue/place.ts';
import { keyFrom } from '../../queue/seal.ts';
import { readNamed, Unread } from '../../read.ts';
import { connectionOptions } from './connection-options.ts';
import type { queueOptions } from './queue-options.ts';
import type { World } from './world.ts';

type QueueArgs = InferredOptionTypes<typeof queueOptions>;

/** Reads the options of `--queue`. Throws UserErrors where they name none. */
export function namedQueue(args: QueueArgs & { queue: string }, { secrets, cwd }: World): NamedQueue {
  const place = redisPlace(args.queue, secrets.TWLINT_QUEUE_PASSWORD || null);
  const prefix = args['queue-prefix'];
  if (!/^[\w.-]{1,64}$/.test(prefix))
    throw new UserError(`--queue-prefix ${prefix}: not a prefix of keys`, {
      hint: 'letters, digits and . _ -',
    });
  return { place, key: queueKey(args['queue-key'], secrets.TWLINT_QUEUE_KEY || null, cwd), prefix };
}

function queueKey(file: string | undefined, variable: string | null, cwd: string): Buffer {
  if (file !== undefined) return keyFrom(keyIn(file, cwd), `--queue-key ${file}`);
  if (variable !== null) return keyFrom(variable, 'TWLINT_QUEUE_KEY');
  throw new UserError('--queue: its key is missing, by which workers and results are told from forged ones', {
    hint: 'openssl rand -hex 32 makes one, to be given to all by --queue-key FILE or TWLINT_QUEUE_KEY',
  });
}

function keyIn(file: string, cwd: string): string {
  try {
    return readNamed(resolve(cwd, file), 64 * 1024);
  } catch (cause) {
    if (!(cause instanceof Unread)) throw cause;
    throw new UserError(`--queue-key ${file}: ${cause.message}`, { hint: cause.hint, cause });
  }
}

/** The options that are about how a worker reaches hosts, or about sources that no worker has. */
const OF_WORKERS = [
  ...(['ssh-config', 'transport', 'via', 'key', 'ask-pass', 'ask-become-pass', 'known-hosts'] as const),
  ...(['host-key-checking', 'connect-timeout', 'host-timeout', 'retries', 'concurrency', 'verbose'] as const),
] as const;

const MEANINGLESS: Record<string, string> = {
  ...Object.fromEntries(
    OF_WORKERS.map((option) => [option, 'it is the workers who ask hosts: give it to twlint worker']),
  ),
  'max-failures': 'hosts are asked by several workers, none of which counts those of the others',
  shard: 'workers have a part of the hosts each',
  root: 'an image is not asked: leave out --queue',
  from: 'what was collected is not asked: leave out --queue',
};

/** Throws UserErrors where a command line has options that mean nothing for a run whose hosts are asked by workers. */
export function checkQueued(args: Record<string, unknown>, { options }: Config): void {
  const usual = (option: string): unknown =>
    options.find((setting) => setting.option === option)?.value ??
    (connectionOptions as Record<string, Options>)[option]?.default;
  const given = Object.keys(MEANINGLESS).filter(
    (option) => args[option] !== undefined && String(args[option]) !== String(usual(option)),
  );
  throwIfAny(given.map((option) => new UserError(`--${option} and --queue: ${MEANINGLESS[option]}`)));
}
