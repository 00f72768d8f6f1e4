import { setTimeout as sleep } from 'node:timers/promises';
import { runChild } from '../child.ts';
import type { Ending, Session } from '../session.ts';
import { noCommandMessage, noSessionMessage } from '../session-messages.ts';
import type { Master } from './master.ts';

/** The status with which ssh itself fails; a command may end with it too. */
const OWN_FAILURE = 255;
/** The milliseconds in which it shows that it was the connection that ended. */
const GRACE = 500;

/** Runs commands over a connection of the system's ssh. `whyGone`: why it is no longer there, by its log. */
export function opensshSession(
  master: Master,
  env: NodeJS.ProcessEnv,
  whyGone: (log: string) => string,
): Session {
  return {
    async run(command, input, take, signal) {
      const ending = await runChild(
        { path: 'ssh', args: [...master.over, command], env },
        input,
        take,
        signal,
      );
      if (ending.status !== OWN_FAILURE) return ending;
      await Promise.race([master.ended, sleep(GRACE)]);
      if (master.isGone()) return { ...ending, status: null, lost: whyGone(master.log()), broken: true };
      return { ...ending, ...howItFailed(ending, master.log()) };
    },
    close: master.close,
  };
}

function howItFailed({ stderr }: Ending, log: string): Partial<Ending> {
  const [, noSession] = /session request failed: (.*)/.exec(stderr) ?? [];
  if (noSession !== undefined) return { status: null, lost: noSessionMessage(noSession.trim()) };
  const [noCommand] = /^exec request failed on channel \d+/m.exec(stderr) ?? [];
  if (noCommand !== undefined) return { status: null, lost: noCommandMessage(noCommand) };
  // ssh reports that it was a signal, but not which
  const [, how] = [...log.matchAll(/ rtype exit-(status|signal) /g)].at(-1) ?? [];
  return how === 'signal' ? { status: null, signal: '(ssh does not tell which)' } : {};
}
