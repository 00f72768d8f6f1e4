/** A fleet that several runs have collected, each a part, gives the report of the whole. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { writeFleet } from '../../bench/replicated-fleet.mjs';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const here = temporaryFolder('shards');
const FLEET = join(here, 'fleet');
const HOSTS = 14;
const PARTS = ['1', '2', '3'].map((number) => ({ number, folder: join(here, `part-${number}`) }));

const from = (...folders: string[]) => folders.flatMap((folder) => ['--from', folder]);

beforeAll(async () => {
  mkdirSync(FLEET);
  writeFleet(FLEET, HOSTS, join(import.meta.dirname, '../../inventories/demo'));
  for (const { number, folder } of PARTS)
    expect(
      (await twlint(here, ['collect', ...from(FLEET), '--shard', `${number}/3`, '-o', folder])).status,
    ).toBe(0);
});

it('no host is lost, and none is there twice', () => {
  const names = PARTS.flatMap(({ folder }) => readSnapshot(folder).hosts.map(({ host }) => host.name));
  expect(names.toSorted()).toEqual(
    readSnapshot(FLEET)
      .hosts.map(({ host }) => host.name)
      .toSorted(),
  );
  for (const { folder } of PARTS) expect(readdirSync(folder).length).toBeGreaterThan(1);
});

it.each(['json', 'sarif', 'text'])('the report of the parts is that of the whole: %s', async (format) => {
  const report = async (name: string, ...folders: string[]) => {
    const file = join(here, name);
    const all = [...from(...folders), '-o', `${format}:${file}`, '--fail-on', 'never', '--quiet'];
    expect((await twlint(here, ['audit', ...all, '--allow-incomplete'])).status).toBe(0);
    return readFileSync(file, 'utf8');
  };
  const whole = await report('whole', FLEET);
  const [one, two, three] = PARTS.map(({ folder }) => folder);
  expect(whole).toContain('TW001');
  expect(await report('parts', three!, one!, two!)).toBe(whole);
});

it('some of the parts are not taken for the fleet', async () => {
  const [one, two] = PARTS.map(({ folder }) => folder);
  const { status, stderr } = await twlint(here, ['audit', ...from(one!, two!)]);
  expect(status).toBe(2);
  expect(stderr).toContain('of 3 parts, these are missing: 3');
});

it('one part alone says that it is one', async () => {
  const { stderr } = await twlint(here, ['audit', ...from(PARTS[1]!.folder), '--quiet']);
  expect(stderr).toContain('this is part 2 of 3: what lies between its hosts and others is not known');
});

it('a part without a host is a part', async () => {
  // more parts than hosts, none of which is asked
  writeFileSync(join(here, 'few.yaml'), 'all: { hosts: { a: { ansible_connection: winrm } } }\n');
  const parts = ['1', '2', '3'].map((number) => ({ number, folder: join(here, `few-${number}`) }));
  for (const { number, folder } of parts)
    await twlint(here, ['collect', '-i', 'few.yaml', '--shard', `${number}/3`, '-o', folder, '--quiet']);
  const { status, stdout, stderr } = await twlint(here, [
    'audit',
    ...from(...parts.map(({ folder }) => folder)),
    '--quiet',
  ]);
  expect([status, stderr]).toEqual([3, '']);
  expect(stdout).toContain('Looked at 0 of 1 host ');
});
