/** Intents against kernels: each kind of expectation holds where the kernel does so, and is violated where it does not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Json } from '../../../src/model.ts';
import { parseYaml } from '../../../src/yaml.ts';
import { reportIn } from '../../json-report.ts';
import { describeWhere } from '../../needs.ts';
import { temporaryFolder } from '../../temporary.ts';
import { twlint } from '../../twlint.ts';
import { closeLab, collectLab, type Observed, observeLab, openLab, type Role } from './lab.ts';

interface Case {
  expect: Json;
  holds?: Partial<Record<Role, string>>;
  breaks: Partial<Record<Role, string>>;
  real: [Partial<Observed>, Partial<Observed>];
  says: string;
  /** What becomes of the intents that were drafted where it held. */
  drafted?: 'violated' | 'held';
}

const FILE = join(import.meta.dirname, 'cases.yaml');
const cases = parseYaml(readFileSync(FILE, 'utf8'), 'cases.yaml').value as unknown as Case[];

/** A look at what the lab is now: the intent tried, what is drafted of it, and what the kernels do. */
async function lookedAt(expected: Json) {
  const folder = temporaryFolder('intents');
  const { observed, result: snapshots } = await observeLab(() => collectLab(folder));
  const from = snapshots.flatMap((snapshot) => ['--from', snapshot]);
  const intent = { name: 'it', from: 'web', to: '10.72.0.5:5432/tcp', expect: expected };
  const draft = (await twlint(folder, ['intent', 'draft', ...from])).stdout;
  return {
    folder,
    from,
    observed,
    draft,
    ...(await tried(folder, from, JSON.stringify({ intents: [intent] }))),
  };
}

async function tried(folder: string, from: readonly string[], intents: string) {
  writeFileSync(join(folder, 'intents.yaml'), intents);
  const args = ['intent', ...from, '--intents', 'intents.yaml', '--all', '--format', 'json'];
  const { stdout, status } = await twlint(folder, args);
  const { findings } = reportIn(stdout);
  return { status, told: findings.map(({ verdict, message }) => `${verdict} ${message}`).join('\n') };
}

const needs = { root: true, programs: ['ip', 'nft', 'sysctl', 'python3'] } as const;
describeWhere({ ...needs, programs: [...needs.programs] }, 'kernels and intents', () => {
  afterAll(closeLab);

  it.each(cases.map((one) => ({ ...one, kind: JSON.stringify(one.expect) })))(
    '$kind holds, and is violated',
    async ({ expect: expected, holds = {}, breaks, real: [held, broken], says, drafted = 'violated' }) => {
      openLab(holds);
      const before = await lookedAt(expected);
      expect(before.observed).toMatchObject(held);
      expect([before.status, before.told]).toEqual([0, 'pass ']);
      expect(await tried(before.folder, before.from, before.draft)).toMatchObject({ status: 0 });
      openLab(holds, breaks);
      const after = await lookedAt(expected);
      expect(after.observed).toMatchObject(broken);
      expect([after.status, after.told]).toEqual([1, expect.stringContaining(says)]);
      // what held before is noticed where it holds no more, if it is about who reaches whom from where
      const drift = await tried(after.folder, after.from, before.draft);
      expect(drift).toMatchObject({ status: drafted === 'violated' ? 1 : 0 });
    },
    120_000,
  );
});
