/** A snapshot that is opened is the same as one that is read, and holds no answer before it is asked for. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSnapshot, readSnapshot } from '../../src/collect/snapshot.ts';
import { temporaryFolder } from '../temporary.ts';

const DEMO = join(import.meta.dirname, '../../inventories/demo');
const ANSWER = 's2/host/kernel.release.txt';

function copy(): string {
  const folder = join(temporaryFolder('open'), 'demo');
  cpSync(DEMO, folder, { recursive: true });
  return folder;
}

it('is the same', () => {
  expect(openSnapshot(DEMO)).toEqual(readSnapshot(DEMO));
});

it('is read when it is asked for', () => {
  const folder = copy();
  const { hosts } = openSnapshot(folder);
  const before = readSnapshot(folder).hosts;
  writeFileSync(join(folder, ANSWER), '6.1.0\n');
  const release = ({ evidence }: (typeof hosts)[number]) =>
    evidence.find(({ probe }) => probe === 'kernel.release')!.answer;
  expect(release(hosts[0]!)).toEqual({ ok: true, value: '6.1.0\n' });
  expect(release(before[0]!)).not.toEqual(release(hosts[0]!));
});

it('says at once that an answer is not there', () => {
  const folder = copy();
  rmSync(join(folder, ANSWER));
  expect(() => openSnapshot(folder)).toThrow(/kernel\.release\.txt: no such file/);
});
