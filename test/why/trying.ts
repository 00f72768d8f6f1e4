/** Tries `why` on labs: each is made real twice, once as it works and once with one fault. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSnapshot } from '../../src/collect/snapshot.ts';
import { type LabHost, lookAt, type Machine, startHost } from '../rules/hosts.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';
import type { Lab } from './lab.ts';

/** Within which a host is made and asked, where the processor is emulated. */
const PATIENCE = 120_000;

interface Answer {
  causes: { certainty: string; title: string; rule: string | null }[];
  opening: { namespace: string; command: string }[];
  unseen: string[];
}

/** Asks `why` of a host as it is now. */
async function why(lab: Lab, host: LabHost): Promise<Answer> {
  const evidence = await lookAt(host, lab.growing);
  const folder = temporaryFolder('why');
  const now = '2026-01-01T00:00:00Z';
  const run = { startedAt: now, finishedAt: now, interrupted: false, hosts: [evidence] };
  writeSnapshot(run, join(folder, 'snap'));
  const words = lab.why.replaceAll('HOST', host.name).split(' ');
  const { stdout, stderr } = await twlint(folder, ['why', '--from', 'snap', ...words, '--format', 'json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answer;
}

const works = async (host: LabHost, { works }: Lab) => (await host.run(works)).status === 0;

/**
 * It names the fault first, calls nothing certain that is not, and names nothing where all works.
 *
 * @param machine returns the machine on whose kernel hosts are made, once tests run
 */
export function tryLabs(labs: readonly Lab[], machine: () => Machine): void {
  const made = async (name: string, lab: Lab, script: string): Promise<LabHost> => {
    const host = await startHost(name, lab.files, machine());
    const { status, said } = await host.run(script);
    if (status === 0) return host;
    host.stop();
    throw new Error(`${name} could not be made: ${said}`);
  };

  describe.each(labs)('$name', (lab) => {
    const hosts: LabHost[] = [];
    afterAll(() => {
      for (const host of hosts) host.stop();
    });

    it(
      'names nothing where all works',
      async () => {
        const host = await made('well', lab, lab.healthy);
        hosts.push(host);
        expect(await works(host, lab)).toBe(true);
        const { causes } = await why(lab, host);
        expect(causes).toEqual([]);
        host.stop();
      },
      PATIENCE,
    );

    describe('broken', () => {
      let host: LabHost;
      let isWorking: boolean;
      let answer: Answer;
      beforeAll(async () => {
        host = await made('broken', lab, lab.broken);
        hosts.push(host);
        // this also waits for what takes its time to come
        isWorking = await works(host, lab);
        answer = await why(lab, host);
      }, PATIENCE);

      it('does not work', () => {
        expect(isWorking).toBe(false);
      });

      it('names the cause first, and calls nothing else certain', () => {
        const [first, ...others] = answer.causes;
        if (lab.cause === null) expect(answer.causes).toEqual([]);
        else expect(first).toMatchObject(lab.cause);
        expect(others.filter(({ certainty }) => certainty === 'certain')).toEqual([]);
        expect(answer.unseen.join('\n')).toContain(lab.unseen);
      });

      it(
        lab.opens ? 'works once its commands were run' : 'prints no command that would not do',
        async () => {
          const script = answer.opening.map(({ namespace, command }) =>
            namespace === 'init' ? command : `at netns/${namespace} ${command}`,
          );
          expect(script.length > 0).toBe(lab.opens);
          if (!lab.opens) return;
          expect(await host.run(script.join('\n'))).toEqual({ status: 0, said: expect.any(String) });
          expect(await works(host, lab)).toBe(true);
        },
        PATIENCE,
      );
    });
  });
}
