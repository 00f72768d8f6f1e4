/** Hosts that are asked by a command of the operator's, as `kubectl debug node/h1 -i ... -- chroot /host sh`. */
import { passed, type Tell } from './check.ts';
import { runChild } from './child.ts';
import type { Attempt, Ending, Session } from './session.ts';

/** The milliseconds in which a command cleans up after its sh has ended: a pod, a container. */
const GRACE = 10_000;

const LONGEST_LINE = 300;

/** A line of the script's answers that came through a terminal, which ends it with a carriage return. */
const OF_A_TERMINAL = /\ntwlint-[0-9a-f]{32} [<!>x.~][^\n]{0,200}\r\n/;

/**
 * Opens a session by a command, which is started for each script anew. At its end there is a sh that reads its standard
 * input: it gets no command line. No shell of this machine has a part in it.
 */
export function openCommand(words: readonly string[], env: NodeJS.ProcessEnv, tell: Tell): Attempt<Session> {
  const [path = '', ...args] = words;
  tell(passed('route', words.join(' ')));
  return {
    ok: true,
    value: {
      async run(_sh, input, take, signal) {
        let stopped: 'whole' | 'terminal' | null = null;
        let end = '';
        const takeAnswers = (chunk: Buffer) => {
          // a line may be split over chunks
          const text = end + chunk.toString('latin1');
          end = text.slice(-LONGEST_LINE);
          if (OF_A_TERMINAL.test(text)) stopped = 'terminal';
          else if (take(chunk) === 'stop') stopped = 'whole';
          return stopped === null ? 'more' : 'stop';
        };
        const ending = await runChild({ path, args, env, grace: GRACE }, input, takeAnswers, signal);
        return { ...ending, lost: ending.lost ?? lossOf(path, stopped, ending) };
      },
      close: () => {},
    },
  };
}

/** Returns why the answers are not whole; null: they are. */
function lossOf(path: string, stopped: 'whole' | 'terminal' | null, ending: Ending): string | null {
  if (stopped === 'whole') return null;
  if (stopped === 'terminal')
    return `${path} prints through a terminal, which changes what it prints: leave out its -t (--tty)`;
  const { status, signal, stderr } = ending;
  const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
  const line = stderr.trim().split('\n').at(-1) ?? '';
  const said = line === '' ? ', without a word' : `, and said "${line.slice(0, 300)}"`;
  return `${path} ended ${how} before the script did${said}: it has to start a sh that reads its standard input`;
}
