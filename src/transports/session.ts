import { Readable, type Writable } from 'node:stream';
import type { Problem, Target } from '../model.ts';
import { type Stage, type Tell, type Trouble, trouble, troubleLine } from './check.ts';
import type { SshSettings } from './settings/ssh-settings.ts';
import type { Choice } from './settings/transport-choice.ts';

/** The standard input of a command: all of it, or pieces that come while it runs. */
export type CommandInput = string | AsyncIterable<string>;

/** An open connection that runs commands on one host, one after another. */
export interface Session {
  /**
   * Runs a command with `input` as its standard input and hands over its standard output as it comes, until `take`
   * returns stop: then the command is ended. Resolves when the command has ended or was stopped; whatever the host
   * does, it never rejects. An abort of `signal` ends it at once.
   */
  run(
    command: string,
    input: CommandInput,
    take: (chunk: Buffer) => 'more' | 'stop',
    signal: AbortSignal,
  ): Promise<Ending>;
  /** Ends the connection, with all commands that still run over it. */
  close(): void;
}

/** The ending of a command. */
export interface Ending {
  /** The exit status; null when there is none: ended by a signal, stopped or lost. */
  status: number | null;
  /** The name of the signal that ended it, as `SIGKILL`; null otherwise. */
  signal: string | null;
  /** The first 4 KiB of standard error. */
  stderr: string;
  /** The event that cut it short, in words: a lost connection, an abort. null also when `take` returned stop. */
  lost: string | null;
  /** True when it was the connection that broke: over another one it may end otherwise. */
  broken: boolean;
}

/** The reason why something could not be opened. */
export interface Failure extends Trouble {
  ok: false;
  problem: Problem;
  /** The stage that it had come to. */
  stage: Stage;
  /** The problem and its remedy, in one line. */
  reason: string;
  /** True when it may be otherwise in a moment: trying again is no waste, and does no harm. */
  transient: boolean;
}

export type Attempt<T> = { ok: true; value: T } | Failure;

/** Returns the failure of a host that did not let us in. */
export function unreachable(stage: Stage, { what, remedy }: Trouble, transient = false): Failure {
  const clean = trouble(oneLine(what), oneLine(remedy));
  return { ok: false, problem: 'unreachable', stage, ...clean, reason: troubleLine(clean), transient };
}

/** Opens a session with a host, or returns why not. `tell` receives each stage that is passed on the way. */
export type Open = (target: Target, signal: AbortSignal, tell?: Tell) => Promise<Attempt<Session>>;

/** The means to reach the hosts of a run. */
export interface Connections {
  open: Open;
  /** Returns whose ssh a target is reached with, and why; null where it is with none. */
  by(target: Target): Choice | null;
  /** Ends connections that hosts share, as those to bastions. */
  close(): void;
}

/** A client that speaks SSH. */
export interface SshClient {
  open(settings: SshSettings, signal: AbortSignal, tell: Tell): Promise<Attempt<Session>>;
  /** Ends connections that hosts share, as those to bastions. */
  close(): void;
}

/** Writes a command's standard input, and ends it where the input ends. */
export function feed(stdin: Writable, input: CommandInput): void {
  if (typeof input === 'string') stdin.end(input);
  else Readable.from(input).pipe(stdin);
}

/** The most characters of a reason; the longest of ours holds an RSA host key. */
const LINE_LIMIT = 4000;

/** The bytes of standard error that are kept. */
const STDERR_LIMIT = 4096;

/** Keeps the start of standard error. */
export function stderrKeeper(): { push(chunk: Buffer): void; text(): string } {
  const chunks: Buffer[] = [];
  let room = STDERR_LIMIT;
  return {
    push(chunk) {
      if (room > 0) chunks.push(chunk.subarray(0, room));
      room -= chunk.length;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** Makes a text that a host had a part in fit for one line of a terminal. */
export function oneLine(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, LINE_LIMIT);
}

/** Returns why a signal was aborted, in words. */
export function abortReason(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}
