import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import {
  abortReason,
  type CommandInput,
  type Ending,
  feed,
  oneLine,
  type Session,
  stderrKeeper,
} from '../session.ts';
import { closedMessage, noCommandMessage, noSessionMessage } from '../session-messages.ts';

/** A connection that is logged in. */
interface Link {
  client: Client;
  /** Returns why it is no longer there; null while it is. */
  gone(): string | null;
  /** Notes that it was found to be no longer there. */
  break(why: string): void;
}

/**
 * Runs commands over a connection that is logged in; each in a channel of its own, without a terminal. `bastion` is the
 * last one on the path, which may be gone when the host seems to be.
 */
export function sshSession(client: Client, socket: Duplex, bastion: string | null): Session {
  let gone: string | null = null;
  client.on('error', (error) => {
    gone ??= oneLine(`the connection broke: ${error.message}`);
  });
  client.on('close', () => {
    gone ??= closedMessage(bastion);
  });
  const link: Link = {
    client,
    gone: () => gone,
    break(why) {
      gone ??= why;
    },
  };
  return {
    run: (command, input, take, signal) =>
      new Promise((resolve) => runOver(link, command, input, take, signal, resolve)),
    close() {
      if (gone === null) client.end();
      gone ??= 'it was closed';
      socket.destroy();
    },
  };
}

/** Runs one command, from its channel's opening to its end. */
function runOver(
  link: Link,
  command: string,
  input: CommandInput,
  take: (chunk: Buffer) => 'more' | 'stop',
  signal: AbortSignal,
  resolve: (ending: Ending) => void,
): void {
  const stderr = stderrKeeper();
  let channel: ClientChannel | null = null;
  let status: number | null = null;
  let endedBy: string | null = null;
  let over = false;

  const end = (lost: string | null) => {
    if (over) return;
    over = true;
    signal.removeEventListener('abort', onAbort);
    if (link.gone() === null) channel?.close();
    const broken = lost !== null && lost === link.gone();
    resolve({ status, signal: endedBy, stderr: stderr.text(), lost, broken });
  };
  const onAbort = () => end(abortReason(signal));
  const listen = (opened: ClientChannel) => {
    opened.on('data', (chunk: Buffer) => {
      // output after the end is taken and dropped, so that the host is not kept waiting
      if (!over && take(chunk) === 'stop') end(null);
    });
    opened.stderr.on('data', stderr.push);
    opened.on('exit', (code: number | null, name?: string) => {
      status = code;
      endedBy = name ?? null;
    });
    opened.on('error', (error: Error) => end(error.message));
    opened.on('close', () => end(link.gone() ?? howItEnded(status, endedBy)));
  };
  const onOpen = (error: Error | undefined, opened: ClientChannel) => {
    if (error) end(link.gone() ?? oneLine(refusedMessage(error)));
    else if (over) opened.close();
    else {
      channel = opened;
      listen(opened);
      feed(opened, input);
    }
  };

  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  else if (link.gone() !== null) end(link.gone());
  else execute(link, command, onOpen, end);
}

/** Runs a command: ssh2 throws where its socket is closed already but has not reported so. */
function execute(
  link: Link,
  command: string,
  onOpen: (error: Error | undefined, channel: ClientChannel) => void,
  end: (lost: string | null) => void,
): void {
  try {
    link.client.exec(command, onOpen);
  } catch (error) {
    link.break(`the connection broke: ${(error as Error).message}`);
    end(link.gone());
  }
}

function howItEnded(status: number | null, endedBy: string | null): string | null {
  return status === null && endedBy === null ? 'the host ended the command without saying how' : null;
}

function refusedMessage({ message }: Error): string {
  // ssh2: "(SSH) Channel open failure: open failed", "Unable to exec"
  return /open failure/.test(message) ? noSessionMessage(message) : noCommandMessage(message);
}
