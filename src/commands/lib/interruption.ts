import { exit } from './world.ts';

/** The signals that end a run early, and how a report names them. */
const SIGNALS = {
  SIGINT: { number: 2, message: 'interrupted by the user' },
  SIGTERM: { number: 15, message: 'interrupted: somebody ended twlint (SIGTERM)' },
  SIGHUP: { number: 1, message: 'interrupted: the terminal of twlint was closed (SIGHUP)' },
} as const;

type Signal = keyof typeof SIGNALS;

export const INTERRUPTING = Object.keys(SIGNALS) as Signal[];

/** The reason of an aborted `World.stop`. */
export class Interruption extends Error {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(SIGNALS[signal].message);
    this.signal = signal;
  }
}

/** Returns the exit status that a shell reports for a program ended by this signal: 130, 143, 129. */
export const statusOfSignal = (signal: Signal): number => 128 + SIGNALS[signal].number;

/** Returns the exit status of a command: where it was interrupted, that of the signal. */
export function withSignal(status: number, stop: AbortSignal): number {
  const why: unknown = stop.aborted ? stop.reason : null;
  return status === exit.interrupted && why instanceof Interruption ? statusOfSignal(why.signal) : status;
}
