import { setTimeout as sleep } from 'node:timers/promises';
import type { Evidence, HostEvidence, Target } from '../model.ts';
import type { Questions } from '../transports/script.ts';
import type { Open, Session } from '../transports/session.ts';
import { type Asked, askShell } from '../transports/shell.ts';
import type { Plan } from './plan.ts';

/** Bytes of answers taken from one host and sample. */
const OUTPUT_LIMIT = 64 * 2 ** 20;

export interface HostOptions {
  open: Open;
  plan: Plan;
  /** Milliseconds between the two samples; null: one sample. */
  interval: number | null;
  /** Milliseconds that one sample of a host may take, connecting included. */
  timeout: number;
}

/** All that one host says; whatever happens to it becomes part of the value. */
export async function collectHost(
  target: Target,
  options: HostOptions,
  stop: AbortSignal,
): Promise<HostEvidence> {
  const { host } = target;
  const opened = await within(options.timeout, stop, (signal) => options.open(target, signal));
  if (!opened.ok) return { host, reached: opened, evidence: [] };
  try {
    const first = await ask(opened.value, target, options.plan.first, 0, options.timeout, stop);
    if (!first.reached.ok) return { host, reached: first.reached, evidence: [] };
    const again = await secondSample(opened.value, target, options, stop);
    return { host, reached: first.reached, evidence: [...first.evidence, ...again] };
  } finally {
    opened.value.close();
  }
}

/** Asked over the same connection. Empty when one sample is enough. */
async function secondSample(
  session: Session,
  target: Target,
  { plan, interval, timeout }: HostOptions,
  stop: AbortSignal,
): Promise<Evidence[]> {
  if (interval === null || plan.second === null) return [];
  // an interrupted wait is told by the asking that follows it
  await sleep(interval, undefined, { signal: stop }).catch(() => {});
  const asked = await ask(session, target, plan.second, 1, timeout, stop);
  if (asked.reached.ok) return asked.evidence;
  const answer = asked.reached;
  return plan.second.host.map(({ probe }) => ({ probe, namespace: null, sample: 1, answer }));
}

function ask(
  session: Session,
  { connection }: Target,
  questions: Questions,
  sample: 0 | 1,
  timeout: number,
  stop: AbortSignal,
): Promise<Asked> {
  return within(timeout, stop, (signal) =>
    askShell(session, questions, { become: connection.become, sample, limit: OUTPUT_LIMIT, signal }),
  );
}

/** Runs work that ends at the latest when the time is up or the run is stopped. */
async function within<T>(
  milliseconds: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`it was not done within ${milliseconds / 1000} s (--host-timeout)`)),
    milliseconds,
  );
  try {
    return await work(AbortSignal.any([stop, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
