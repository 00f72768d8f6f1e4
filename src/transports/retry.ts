import { setTimeout as sleep } from 'node:timers/promises';

export interface Retrying<T> {
  /** The number of retries. */
  retries: number;
  signal: AbortSignal;
  /** Tells whether another attempt may end otherwise. */
  worthwhile(result: T): boolean;
}

/** The most milliseconds before the first retry; each further one waits twice as long. */
const FIRST_WAIT = 1000;

/** Tries until it is not worthwhile any more; gives the last result, and how often it was tried. */
export async function retrying<T>(
  work: () => Promise<T>,
  { retries, signal, worthwhile }: Retrying<T>,
): Promise<{ result: T; attempts: number }> {
  for (let attempts = 1; ; attempts++) {
    const result = await work();
    if (!worthwhile(result) || attempts > retries || signal.aborted) return { result, attempts };
    // at random, so that hosts that failed together do not come back together
    const wait = FIRST_WAIT * 2 ** (attempts - 1) * (0.5 + Math.random() / 2);
    await sleep(wait, undefined, { signal }).catch(() => {});
  }
}

/** Adds `tried 3 times`, where it was more than once. */
export function afterAttempts(reason: string, attempts: number): string {
  return attempts === 1 ? reason : `${reason} (tried ${attempts} times)`;
}
