import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, HostEvidence, Target } from '../model.ts';
import { type Check, failed, passed, type Tell, troubleLine } from '../transports/check.ts';
import { afterAttempts, retrying } from '../transports/retry.ts';
import { type Answered, askShell } from '../transports/script/shell.ts';
import type { Open, Session } from '../transports/session.ts';
import type { Plan } from './plan.ts';
import { type Again, secondSampleOf } from './second-sample.ts';

/** The most bytes of answers that are taken from one host and sample. */
const OUTPUT_LIMIT = 64 * 2 ** 20;

export interface HostOptions {
  open: Open;
  plan: Pick<Plan, 'first' | 'second' | 'planned'>;
  /** The milliseconds between the two samples; null: one sample. */
  interval: number | null;
  /** The milliseconds that one sample of a host may take, with connecting and all attempts. */
  timeout: number;
  /** The number of retries, where that can help. */
  retries: number;
  /** The password that sudo may ask for; null: nobody gave one. */
  becomePassword: string | null;
  /** The name that this version's installed script gives itself. */
  identity: string;
  /**
   * Takes over the connection of a host that was asked; absent: it is closed. Null: there is none, and another attempt
   * may end otherwise.
   */
  release?(target: Target, session: Session | null): void;
  /** Receives the result of each stage of asking a host; on a retry, all of them again. */
  onCheck(host: string, check: Check): void;
}

/** Collects all that one host reports; whatever happens to it becomes part of the value. */
export async function collectHost(
  target: Target,
  options: HostOptions,
  stop: AbortSignal,
): Promise<HostEvidence> {
  const { host } = target;
  const { session, asked } = await within(options.timeout, stop, (limit) => begin(target, options, limit));
  const { reached, evidence, askedAt } = asked;
  const planned = options.interval === null ? { ...options.plan.planned, twice: [] } : options.plan.planned;
  const about = { host, ...(askedAt && { askedAt }), reached, planned };
  try {
    if (!reached.ok || options.interval === null || options.plan.second === null)
      return { ...about, evidence };
    const again = await secondSample({ session, asked }, target, options, options.interval, stop);
    return { ...about, evidence: [...evidence, ...secondSampleOf(options.plan.second, evidence, again)] };
  } finally {
    if (options.release === undefined) session?.close();
    else if (session !== null || asked.transient) options.release(target, session);
  }
}

/** A host that was asked once; without a session, no further sample can be taken. */
interface Begun {
  session: Session | null;
  asked: Answered;
}

/** Takes the first sample. Where no attempt comes to its end, the one that got furthest counts. */
async function begin(target: Target, options: HostOptions, limit: Limit): Promise<Begun> {
  let partial: Begun | null = null;
  const attempt = async () => {
    const begun = await beginOnce(target, options, limit);
    if (begun.asked.reached.ok) partial = begun;
    return begun;
  };
  const worthwhile = ({ asked }: Begun) => asked.transient;
  const { signal } = limit;
  const { result, attempts } = await retrying(attempt, { retries: options.retries, signal, worthwhile });
  const { reached } = result.asked;
  if (reached.ok) return result;
  if (partial !== null) return partial;
  const retried = { ...reached, reason: afterAttempts(reached.reason, attempts) };
  return { ...result, asked: { ...result.asked, reached: retried } };
}

async function beginOnce(target: Target, options: HostOptions, limit: Limit): Promise<Begun> {
  const tell: Tell = (check) => options.onCheck(target.host.name, check);
  const opened = await options.open(target, limit.signal, tell);
  if (!opened.ok) {
    const { problem, reason, transient } = opened;
    tell(failed(opened.stage, opened));
    const reached = { ok: false, problem, reason } as const;
    return { session: null, asked: { reached, trouble: opened, evidence: [], askedAt: null, transient } };
  }
  const asked = await ask(opened.value, target, options, 0, limit);
  tell(asked.trouble === null ? passed('shell', shellOf(target)) : failed('shell', asked.trouble));
  if (!asked.transient) return { session: opened.value, asked };
  opened.value.close();
  return { session: null, asked };
}

/** Takes the second sample over the same connection; where that broke, the reason is the one that it broke for. */
async function secondSample(
  { session, asked }: Begun,
  target: Target,
  options: HostOptions,
  interval: number,
  stop: AbortSignal,
): Promise<Again> {
  if (session === null) return notAskedAgain(asked);
  // an interrupted wait is reported by the asking that follows it
  await sleep(interval, undefined, { signal: stop }).catch(() => {});
  return within(options.timeout, stop, (limit) => ask(session, target, options, 1, limit));
}

function notAskedAgain({ trouble }: Answered): Again {
  const reason = trouble === null ? 'the connection is no more' : troubleLine(trouble);
  return { reached: { ok: false, problem: 'failed', reason }, trouble, evidence: [] };
}

function ask(
  session: Session,
  { connection }: Target,
  { plan, becomePassword, identity }: HostOptions,
  sample: 0 | 1,
  { signal, remaining }: Limit,
): Promise<Answered> {
  // biome-ignore lint/style/noNonNullAssertion: a second sample is asked only where the plan has one
  const questions = sample === 0 ? plan.first : plan.second!;
  const become = 'become' in connection ? connection.become : null;
  const path = installedPath(connection);
  const installed = path === null ? null : { path, identity };
  return askShell(session, questions, {
    become,
    becomePassword,
    installed,
    sample,
    limit: OUTPUT_LIMIT,
    timeout: remaining(),
    signal,
  });
}

const installedPath = (connection: Connection): string | null =>
  connection.kind === 'ssh' ? (connection.collectCommand ?? null) : null;

const shellOf = ({ connection }: Target): string =>
  installedPath(connection) ?? 'sh ran the script to its end';

/** The time limit of work. */
interface Limit {
  signal: AbortSignal;
  /** Returns the milliseconds until the signal. */
  remaining(): number;
}

/** Runs work that ends at the latest when the time is up or the run is stopped. */
async function within<T>(
  milliseconds: number,
  stop: AbortSignal,
  work: (limit: Limit) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`it was not done within ${milliseconds / 1000} s (--host-timeout)`)),
    milliseconds,
  );
  try {
    const end = performance.now() + milliseconds;
    const remaining = () => end - performance.now();
    return await work({ signal: AbortSignal.any([stop, late.signal]), remaining });
  } finally {
    clearTimeout(timer);
  }
}
