/**
 * `why` on broken hosts: each lab is made real twice, once as it works and once with one fault. It names the fault first,
 * calls nothing certain that is not, and names nothing where all works. TWLINT_LABS=hairpin,input-rule tries only these.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSnapshot } from '../../src/collect/snapshot.ts';
import { describeWhere } from '../needs.ts';
import { type LabHost, lookAt, startHost } from '../rules/hosts.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';
import { type Lab, labs } from './lab.ts';

const chosen = process.env.TWLINT_LABS?.split(',');
const tried = labs.filter(({ name }) => chosen?.includes(name) ?? true);

const NEEDS = {
  root: true as const,
  programs: [
    'unshare',
    'nsenter',
    'ip',
    'sysctl',
    'python3',
    'nft',
    'iptables-nft',
    'iptables-legacy',
    'conntrack',
  ],
};

interface Answer {
  causes: { certainty: string; title: string; rule: string | null; fix: { commands: string[] } }[];
  unseen: string[];
}

/** Asks `why` of a host as it is now. */
async function why(lab: Lab, host: LabHost): Promise<Answer> {
  const evidence = await lookAt(host, lab.growing);
  const folder = temporaryFolder('why');
  const now = '2026-01-01T00:00:00Z';
  writeSnapshot(
    { startedAt: now, finishedAt: now, interrupted: false, hosts: [evidence] },
    join(folder, 'snap'),
  );
  const words = lab.why.replaceAll('HOST', host.name).split(' ');
  const { stdout, stderr } = await twlint(folder, ['why', '--from', 'snap', ...words, '--format', 'json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answer;
}

async function made(name: string, lab: Lab, script: string): Promise<LabHost> {
  const host = await startHost(name, lab.files);
  const { status, said } = await host.run(script);
  if (status !== 0) throw new Error(`${name} could not be made: ${said}`);
  return host;
}

const works = async (host: LabHost, { works }: Lab) => (await host.run(works)).status === 0;

describeWhere(NEEDS, 'why', () => {
  it('has labs', () => {
    expect(tried.length).toBeGreaterThan(0);
  });

  describe.each(tried)('$name', (lab) => {
    const hosts: LabHost[] = [];
    afterAll(() => {
      for (const host of hosts) host.stop();
    });

    it('names nothing where all works', async () => {
      const host = await made('well', lab, lab.healthy);
      hosts.push(host);
      const { causes } = await why(lab, host);
      expect(await works(host, lab)).toBe(true);
      expect(causes).toEqual([]);
    });

    describe('broken', () => {
      let host: LabHost;
      let answer: Answer;
      beforeAll(async () => {
        host = await made('broken', lab, lab.broken);
        hosts.push(host);
        answer = await why(lab, host);
      });

      it('does not work', async () => {
        expect(await works(host, lab)).toBe(false);
      });

      it('names the cause first, and calls nothing else certain', () => {
        const [first, ...others] = answer.causes;
        if (lab.cause === null) expect(answer.causes).toEqual([]);
        else expect(first).toMatchObject(lab.cause);
        expect(others.filter(({ certainty }) => certainty === 'certain')).toEqual([]);
        expect(answer.unseen.join('\n')).toContain(lab.unseen);
      });

      it.runIf(lab.opens)('works once its command was run', async () => {
        const command = answer.causes[0]?.fix.commands[0] ?? 'false';
        expect(await host.run(command)).toEqual({ status: 0, said: expect.any(String) });
        expect(await works(host, lab)).toBe(true);
      });
    });
  });
});
