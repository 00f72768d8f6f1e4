import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectHost, type HostOptions } from '../../src/collect/host.ts';
import type { Answer } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { reachTo, sshTarget } from '../transports/connecting.ts';
import { scratchFolder } from '../transports/folder.ts';
import type { Sshd } from '../transports/sshd.ts';
import { eventually, SSHD_NEEDS, sshdWorld } from '../transports/sshd-world.ts';

/** Milliseconds that a host may take. */
const TIMEOUT = 1500;
/** Beyond it, until everything is over on a machine that has other things to do. */
const SLACK = 1500;

const LATE = `it was not done within ${TIMEOUT / 1000} s (--host-timeout)`;

const CUT_OFF = `timeout: ${LATE}, while it answered a.slow`;
/** What was said before counts. */
const HALFWAY: Slow['says'] = ['one\n', CUT_OFF, CUT_OFF];
/** The script ends what hangs, or we end the script: either may be first. */
const IN_TIME = expect.stringMatching(/^timeout: /) as string;
const ENDED: Slow['says'] = ['one\n', IN_TIME, IN_TIME];

interface Slow {
  name: string;
  /** What the host does when it is asked; `FILE` is one that it may write. */
  ask: string;
  /** What becomes of the host when the file is there. */
  meanwhile?: (sshd: Sshd) => void;
  /** What becomes of the three answers. */
  says: [first: string, slow: string, last: string];
}

const CASES: Slow[] = [
  {
    name: 'trickles for ever',
    ask: 'while :; do echo x; sleep 0.05; done',
    says: ENDED,
  },
  {
    name: 'talks for ever to where nobody listens',
    ask: 'echo two; while :; do echo noise >&2; sleep 0.01; done',
    says: ENDED,
  },
  {
    name: 'hangs in the middle, with all of its sshd',
    ask: 'touch FILE; sleep 60',
    meanwhile: (sshd) => sshd.freeze(),
    says: HALFWAY,
  },
  {
    name: 'never closes, having said all',
    ask: 'sleep 60 2>/dev/null & echo two',
    says: ['one\n', 'two\n', 'three\n'],
  },
];

describeWhere(SSHD_NEEDS, 'a host that', () => {
  const { start, keys } = sshdWorld();

  async function collect(
    sshd: Sshd,
    transport: 'ssh2' | 'openssh',
    ask: string,
    options: Partial<HostOptions> = {},
  ) {
    const question = (probe: string, text: string) => ({ probe, ask: text, inside: false });
    const first: HostOptions['plan']['first'] = {
      host: [question('a.first', 'echo one'), question('a.slow', ask), question('a.last', 'echo three')],
      netns: [],
      namespaces: 'init',
    };
    const target = sshTarget({
      port: sshd.port,
      identityFile: keys.ed25519.file,
      connection: { transport },
    });
    const { open } = await reachTo([target], sshd.hostKeyLines);
    const begun = Date.now();
    const { reached, evidence } = await collectHost(
      target,
      {
        open,
        plan: { first, second: first, planned: { facts: [], twice: [] } },
        interval: null,
        timeout: TIMEOUT,
        retries: 2,
        becomePassword: null,
        identity: '',
        onCheck: () => {},
        ...options,
      },
      new AbortController().signal,
    );
    const said = evidence.map(({ answer }) => shown(answer));
    return { reached, said, took: Date.now() - begun };
  }

  const shown = (answer: Answer<string>) =>
    answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`;

  describe.each(['ssh2', 'openssh'] as const)('by %s', (transport) => {
    it.each(CASES)('$name does not hold the run', async ({ ask, meanwhile, says }) => {
      const sshd = await start();
      const file = join(scratchFolder(), 'begun');
      const collecting = collect(sshd, transport, ask.replaceAll('FILE', file));
      if (meanwhile) {
        expect(await eventually(() => existsSync(file))).toBe(true);
        meanwhile(sshd);
      }
      const { reached, said, took } = await collecting;
      expect(reached).toEqual({ ok: true, value: null });
      expect(said).toEqual(says);
      expect(took).toBeLessThan(TIMEOUT + SLACK);
    });

    it('drops us in the middle, as where sshd is restarted, is asked anew', async () => {
      const sshd = await start();
      const file = join(scratchFolder(), 'begun');
      const ask = `[ -e ${file} ] || { touch ${file}; sleep 60; }; echo two`;
      const collecting = collect(sshd, transport, ask, { timeout: 20_000 });
      expect(await eventually(() => existsSync(file))).toBe(true);
      sshd.dropConnections();
      const { reached, said } = await collecting;
      expect(reached).toEqual({ ok: true, value: null });
      expect(said).toEqual(['one\n', 'two\n', 'three\n']);
    });

    it('hangs between two samples does not hold the run, and what it said before counts', async () => {
      const sshd = await start();
      const { reached, said, took } = await collect(sshd, transport, 'echo two', {
        interval: 200,
        onCheck: (_, { stage }) => stage === 'shell' && sshd.freeze(),
      });
      expect(reached).toEqual({ ok: true, value: null });
      const late = `timeout: ${LATE}`;
      expect(said).toEqual(['one\n', 'two\n', 'three\n', late, late, late]);
      expect(took).toBeLessThan(2 * TIMEOUT + SLACK);
    });

    it('takes connections and hangs does not hold the run, and is tried once', async () => {
      const sshd = await start();
      sshd.freeze();
      const { reached, took } = await collect(sshd, transport, 'true');
      expect(reached).toEqual({ ok: false, problem: 'unreachable', reason: LATE });
      expect(took).toBeLessThan(TIMEOUT + SLACK);
    });

    it('runs something else, and that without end, does not hold the run', async () => {
      const sshd = await start({ config: ['ForceCommand exec sleep 60'] });
      const { reached, took } = await collect(sshd, transport, 'true');
      expect(reached).toEqual({ ok: false, problem: 'timeout', reason: LATE });
      expect(took).toBeLessThan(TIMEOUT + SLACK);
    });
  });
});
