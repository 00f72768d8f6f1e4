/** What has no end costs its own answer and no other one, and the script ends once all is asked: by the shells of hosts. */
import { describe, expect, it } from 'vitest';
import type { Question } from '../../src/transports/script/script.ts';
import { watchdogFunctions } from '../../src/transports/script/watchdog.ts';
import { describeWhere } from '../needs.ts';
import { fed, question, run, SHELLS } from './shells.ts';

/** The first, which only waits, is given the most time. */
const ENDLESS = {
  deaf: 'trap "" TERM HUP INT PIPE; (sleep 1000 &); sleep 1000; sleep 1000',
  loop: 'while :; do :; done',
  lines: 'yes >&2',
  line: 'tr "\\0" y </dev/zero >&2',
};

const file = (path: string): NonNullable<Question['reading']> => ({
  kind: 'file',
  paths: [path],
  reason: 'not there',
});
const HANGING = { kind: 'files', folder: '/x/', list: 'sleep 1000', relative: false } as const;

/** By which descriptors processes have the pipe that the watchdog reads: 0 is the watchdog's own, 7 its clock's. */
const HOLDERS = `for fd in /proc/[1-9]*/fd/*; do
  [ "$fd" -ef /proc/self/fd/8 ] && printf "%s\\n" "\${fd##*/}"
done | sort -n -u`;

/** A clock that lost the first signal, as one does whose trap is not set yet. It waits for a second one, five seconds at most. */
const LOST_SIGNAL = `${watchdogFunctions}
sh -c "
  heard=0 tries=0
  trap 'heard=\\$((heard + 1))' USR1
  echo clock \\$\\$
  echo done
  while [ \\$heard = 0 ]; do sleep 0.01; done
  echo tick
  while [ \\$heard = 1 ] && [ \\$tries -lt 500 ]; do sleep 0.01; tries=\\$((tries + 1)); done
  echo heard \\$heard >&2
" | watch 2>/dev/null
`;

describe.concurrent('the collection script', () => {
  for (const { name, argv, programs } of SHELLS) {
    describeWhere({ programs }, `under ${name}`, () => {
      it('ends what has no end, and goes on', { timeout: 60_000 }, async () => {
        const host = Object.entries(ENDLESS).map(([key, ask]) => question(`e.${key}`, ask));
        const asked = { host: [...host, question('e.after', 'echo after')], namespaces: 'init' as const };
        const { frames, complete, forged } = await run(argv, asked, 12);
        expect([complete, forged]).toEqual([true, null]);
        expect(frames.map(({ probe, answer }) => [probe, answer.ok || answer.problem])).toEqual([
          ...Object.keys(ENDLESS).map((key) => [`e.${key}`, 'timeout']),
          ['e.after', true],
        ]);
      });

      it('answers together what it can', async () => {
        const { complete, forged, answer } = await run(argv, {
          host: [
            { ...question('t.file', 'echo alone'), reading: file('/proc/sys/kernel/ostype') },
            { ...question('t.gone', 'echo alone'), reading: file('/proc/sys/kernel/nothing') },
            {
              ...question('t.needing', 'echo alone'),
              needed: { path: '/proc/nothing', reason: 'not needed' },
            },
            { ...question('t.idle', 'echo alone'), idle: { test: 'true', text: 'idle' } },
          ],
          namespaces: 'init',
        });
        expect([complete, forged]).toEqual([true, null]);
        expect(answer('t.file')).toEqual({ ok: true, value: 'Linux\n' });
        expect(answer('t.gone')).toMatchObject({ problem: 'absent', reason: 'not there' });
        expect(answer('t.needing')).toMatchObject({ problem: 'absent', reason: 'not needed' });
        expect(answer('t.idle')).toEqual({ ok: true, value: 'idle\n' });
      });

      it('asks alone what hangs where it is answered together', { timeout: 60_000 }, async () => {
        const { complete, forged, answer } = await run(argv, {
          host: [
            { ...question('t.file', 'echo alone'), reading: file('/proc/sys/kernel/ostype') },
            { ...question('t.hanging', 'echo alone, too'), reading: HANGING },
          ],
          namespaces: 'init',
        });
        expect([complete, forged]).toEqual([true, null]);
        expect(answer('t.file')).toEqual({ ok: true, value: 'alone\n' });
        expect(answer('t.hanging')).toEqual({ ok: true, value: 'alone, too\n' });
      });

      it('leaves the pipe of its watchdog to no shell that outlives it', async () => {
        const { answer } = await run(argv, { host: [question('h.pipe', HOLDERS)], namespaces: 'init' });
        expect(answer('h.pipe')).toEqual({ ok: true, value: '0\n7\n8\n' });
      });

      it('ends though its clock has not heard that all is asked', async () => {
        const { stdout, stderr } = await fed(argv, LOST_SIGNAL);
        expect([stdout.toString(), stderr.toString()]).toEqual(['', 'heard 2\n']);
      });
    });
  }
});

const ALONE = ['unshare', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c'];

/** Two more namespaces, one of a process and one by name, and no others. */
const TWO = `
mount -t tmpfs none /run/netns && ip netns add named || exit
unshare --net sh -c 'sleep 1000 </dev/null >/dev/null 2>&1 &'
exec "$@"`;

/** It hears no signal, has left a process elsewhere, and complains of it. */
const HANGS = 'trap "" TERM HUP INT PIPE; (sleep 1000 &); yes >&2';

const INSIDE_NEEDS = { root: true as const, programs: ['nsenter', 'unshare', 'ip', 'dash', 'busybox'] };

describeWhere(INSIDE_NEEDS, 'what hangs', () => {
  it.concurrent.each(SHELLS)(
    'in another network namespace costs its own answer, under $name',
    async ({ argv }) => {
      const asked = {
        host: [question('namespaces.list', 'list_namespaces')],
        netns: [
          question('n.before', 'echo before'),
          question(
            'n.hangs',
            `[ "$(readlink /proc/self/ns/net)" = "$(readlink /proc/1/ns/net)" ] || { ${HANGS}; }`,
          ),
          question('n.after', 'echo after'),
        ],
      };
      const { frames, complete, forged } = await run([...ALONE, TWO, 'sh', ...argv], asked, 8);
      expect([complete, forged]).toEqual([true, null]);
      const answers = frames
        .filter(({ namespace }) => namespace !== null)
        .map(({ probe, answer }) => `${probe} ${answer.ok ? 'answered' : answer.problem}`);
      expect(answers).toEqual([
        ...['n.before answered', 'n.hangs answered', 'n.after answered'],
        ...['n.before answered', 'n.hangs timeout', 'n.after answered'],
        ...['n.before answered', 'n.hangs timeout', 'n.after answered'],
      ]);
    },
  );
});
