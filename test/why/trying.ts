/** Tries `why` on labs: each is made real twice, once as it works and once with one fault. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSnapshot } from '../../src/collect/snapshot.ts';
import { type LabHost, lookAt, type Machine, startHost } from '../rules/hosts.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';
import type { Lab } from './lab.ts';

/** Within which a host is made and asked, where the processor is emulated. */
const PATIENCE = 240_000;

interface Answer {
  causes: { certainty: string; title: string; rule: string | null }[];
  opening: { namespace: string; command: string }[];
  unseen: string[];
}

const works = async (host: LabHost, { works }: Lab) => (await host.run(works)).status === 0;

/**
 * It names the fault first, calls nothing certain that is not, and names nothing where all works.
 *
 * @param machine returns the machine on whose kernel hosts are made, once tests run
 * @param concurrent whether labs are tried beside each other: most of their time is that of packets which never arrive
 */
export function tryLabs(labs: readonly Lab[], machine: () => Machine, concurrent: boolean): void {
  // runs of twlint at one time have one folder
  const folder = temporaryFolder('why');

  /** Makes a host, does with it what is to be done, and ends it. */
  async function withHost(name: string, lab: Lab, script: string, then: (host: LabHost) => Promise<void>) {
    const host = await startHost(name, lab.files, machine());
    try {
      const { status, said } = await host.run(script);
      expect(status, `${name} could not be made: ${said}`).toBe(0);
      await then(host);
    } finally {
      host.stop();
    }
  }

  /** Asks `why` of a host as it is now, and leaves out what may come. */
  async function why(lab: Lab, host: LabHost): Promise<Answer> {
    const evidence = await lookAt(host, lab.growing);
    const now = '2026-01-01T00:00:00Z';
    const run = { startedAt: now, finishedAt: now, interrupted: false, hosts: [evidence] };
    const snapshot = `${lab.name}-${host.name}`;
    writeSnapshot(run, join(folder, snapshot));
    const words = lab.why.replaceAll('HOST', host.name).split(' ');
    const { stdout, stderr } = await twlint(folder, [
      ...['why', '--from', snapshot, ...words],
      ...['--format', 'json'],
    ]);
    expect(stderr).toBe('');
    const answer = JSON.parse(stdout) as Answer;
    const causes = answer.causes.filter(({ rule }) => rule === null || !lab.mayCome.includes(rule));
    return { ...answer, causes };
  }

  describe('tried', { concurrent, timeout: PATIENCE }, () => {
    it.each(labs)('$name: names nothing where all works', (lab) =>
      withHost('well', lab, lab.healthy, async (host) => {
        expect(await works(host, lab)).toBe(true);
        expect((await why(lab, host)).causes).toEqual([]);
      }),
    );

    it.each(labs)('$name: names the cause first, calls nothing else certain, opens the way', (lab) =>
      withHost('broken', lab, lab.broken, async (host) => {
        // this also waits for what takes its time to come
        expect(await works(host, lab), 'it works').toBe(false);
        const { causes, unseen, opening } = await why(lab, host);
        const [first, ...others] = causes;
        if (lab.cause === null) expect(causes).toEqual([]);
        else expect(first).toMatchObject(lab.cause);
        expect(others.filter(({ certainty }) => certainty === 'certain')).toEqual([]);
        expect(unseen.join('\n')).toContain(lab.unseen);
        expect(opening.length > 0, 'commands that open the way').toBe(lab.opens);
        if (!lab.opens) return;
        const script = opening.map(({ namespace, command }) =>
          namespace === 'init' ? command : `at netns/${namespace} ${command}`,
        );
        expect(await host.run(script.join('\n'))).toEqual({ status: 0, said: expect.any(String) });
        expect(await works(host, lab), 'it works once its commands were run').toBe(true);
      }),
    );
  });
}
