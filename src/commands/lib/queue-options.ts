import type { Options } from 'yargs';

const QUEUE = { requiresArg: true, group: 'Queue:', type: 'string' } as const;

/** Options of what audits by `--queue`, and of its workers. */
export const queueOptions = {
  queue: { ...QUEUE, describe: 'Have hosts asked by the workers of a Redis: redis://HOST:6379' },
  'queue-key': { ...QUEUE, describe: 'File with the key that signs what goes by Redis, or TWLINT_QUEUE_KEY' },
  'queue-prefix': { ...QUEUE, default: 'twlint', describe: 'What all keys in Redis begin with' },
} as const satisfies Record<string, Options>;
