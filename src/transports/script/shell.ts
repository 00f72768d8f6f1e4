import { randomBytes } from 'node:crypto';
import type { Answer, Become, Evidence, Problem, TimeSpan } from '../../model.ts';
import { type Trouble, trouble, troubleLine } from '../check.ts';
import { abortReason, type Ending, type Session } from '../session.ts';
import { answersTo, foreignFrame, type NoAnswer, TOO_MANY } from './answers.ts';
import { endedMessage } from './ending-messages.ts';
import { collecting, type Frames, readFrames } from './frames.ts';
import { type Installed, installMessage, requestLine } from './installed-script.ts';
import { collectionScript, NO_PRINTF, type Questions, shellCommand } from './script.ts';

export interface AskOptions {
  become: Become | null;
  /** The password for sudo; null: it is asked not to want one. */
  becomePassword: string | null;
  /** The script that is run instead of one that is sent; null: there is none. */
  installed: Installed | null;
  sample: 0 | 1;
  /** The most bytes of output taken from the host; what lies beyond is `truncated`. */
  limit: number;
  /** The milliseconds until `signal` will end it: the script itself is done before. */
  timeout: number;
  /** Ends the asking; its reason is an Error whose message has the cause. */
  signal: AbortSignal;
}

/** The answers of a host, with the reason in the place of each answer that is missing. */
export interface Answered {
  reached: Answer<null>;
  /** The reason why the script did not run to its end; null: it did. */
  trouble: Trouble | null;
  evidence: Evidence[];
  /** The time in which the host itself answered; null: it did not. */
  askedAt: TimeSpan | null;
  /** True when the connection broke in the middle: asked again, it may answer more. */
  transient: boolean;
}

/** The cause of questions without an answer. */
interface Cause extends Trouble {
  problem: Problem;
}

const missingFor = ({ problem, ...why }: Cause): NoAnswer => ({
  ok: false,
  problem,
  reason: troubleLine(why),
});

/** Asks a host everything at once: one command, one script on its standard input. */
export async function askShell(
  session: Session,
  questions: Questions,
  options: AskOptions,
): Promise<Answered> {
  const boundary = `twlint-${randomBytes(16).toString('hex')}`;
  const collector = collecting(boundary, options.limit);
  const { command, input } = orderFor(questions, boundary, options);
  const from = Date.now();
  const ending = await session.run(command, input, collector.take, options.signal);
  const read = readFrames(collector.output(), boundary);
  const cause = read.complete ? null : whyCutShort(ending, read, collector.truncated(), options);
  const transient = cause !== null && ending.broken;
  const forged = read.forged ?? foreignFrame(read.frames, questions, options.installed !== null);
  if (forged !== null) return unbelievable(forged);
  const missing = missingFor(cause ?? notAnswered(options.installed));
  if (read.frames.length === 0 && cause !== null)
    return { reached: missing, trouble: cause, evidence: [], askedAt: null, transient };
  const evidence = answersTo(questions, read.frames, missing, options.sample);
  if (evidence === null) return unbelievable(TOO_MANY);
  const lastOfHost = read.frames.findLast(({ namespace }) => namespace === null);
  const askedAt = lastOfHost ? span(from, collector.arrivalOf(lastOfHost.end)) : null;
  return { reached: { ok: true, value: null }, trouble: cause, evidence, askedAt, transient };
}

const span = (from: number, to: number): TimeSpan => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
});

/**
 * Returns the result for output that the script never prints: then somebody else has written it, and who knows what
 * else of it is theirs.
 */
function unbelievable(why: string): Answered {
  const what = `none of its answers is believed: ${why}`;
  const remedy = 'find out who there can write into the answers of our shell, or read its memory';
  const cause: Cause = { problem: 'failed', ...trouble(what, remedy) };
  return { reached: missingFor(cause), trouble: cause, evidence: [], askedAt: null, transient: false };
}

/** Returns the command, and its standard input. A script that is installed gets no password, and needs none. */
function orderFor(
  questions: Questions,
  boundary: string,
  { become, becomePassword, installed, timeout }: AskOptions,
): { command: string; input: string } {
  const seconds = secondsToAsk(timeout);
  if (installed !== null) {
    const { path, identity } = installed;
    const command = shellCommand({ become, withPassword: false, program: path });
    return { command, input: requestLine(boundary, questions.namespaces, identity, seconds) };
  }
  const script = collectionScript(questions, boundary, seconds);
  const withPassword = becomePassword !== null && become === 'sudo';
  const input = withPassword ? `${becomePassword}\n${script}` : script;
  return { command: shellCommand({ become, withPassword }), input };
}

/** Returns the seconds for which the script asks: less than we wait, so that what it has comes in whole. */
function secondsToAsk(timeout: number): number {
  return Math.min(9999, Math.max(1, Math.floor((timeout / 1000) * 0.9) - 2));
}

/** Returns why a script that ran to its end left a question out. */
function notAnswered(installed: Installed | null): Cause {
  if (installed === null) return { problem: 'failed', ...trouble('the script gave no answer to this') };
  const { path } = installed;
  const what = `the ${path} there is of another version and does not ask this`;
  return { problem: 'unsupported', ...trouble(what, installMessage(path)) };
}

/** Returns why the script did not run to its end. */
function whyCutShort(ending: Ending, read: Frames, truncated: boolean, options: AskOptions): Cause {
  if (truncated)
    return { problem: 'truncated', ...trouble(`it answered with more than ${megabytes(options.limit)}`) };
  const meanwhile = read.unfinished === null ? '' : `, while it answered ${read.unfinished.probe}`;
  if (options.signal.aborted)
    return { problem: 'timeout', ...trouble(abortReason(options.signal) + meanwhile) };
  if (ending.status === NO_PRINTF && read.frames.length === 0) return leakyShell(read.noise);
  if (ending.lost !== null) return { problem: 'failed', ...trouble(ending.lost + meanwhile) };
  return { problem: 'failed', ...endedMessage(ending, read.noise, options.installed) };
}

function leakyShell(shell: string): Cause {
  const [line = ''] = shell.split('\n');
  const what = `its sh${shell === '' ? '' : `, ${line.slice(0, 80)},`} has no printf of its own, so that the arguments of one would show all users there how to forge answers`;
  const remedy = 'let /bin/sh be dash, bash or busybox there';
  return { problem: 'unsupported', ...trouble(what, remedy) };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
