import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadFleet } from '../../src/inventory/load.ts';
import { alikeMessage, lookAlikes } from '../../src/inventory/look-alikes.ts';
import { isHostName } from '../../src/inventory/names.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('alike');

const host = (name: string, line: number) => ({ name, source: { file: 'hosts.ini', line, column: 1 } });
const alike = (...names: string[]) =>
  lookAlikes(names.map(host)).map((group) => group.map(({ name }) => name));

it.each([
  ['combined and not', 'gr\u00f6\u00dfe', 'gro\u0308\u00dfe'],
  ['marks in another order', 'a\u0323\u0307', 'a\u0307\u0323'],
  ['of full width', 'web1', '\uff57eb1'],
  ['with a ligature', 'office', 'o\ufb03ce'],
  ['the sign of Kelvin', 'K8s', '\u212a8s'],
  ['a Cyrillic letter', 'web-a', 'web-\u0430'],
  ['a Greek letter', 'node', 'n\u03bfde'],
  ['what a screen leaves out', 'web1', 'web\u034f1'],
])('names that look alike: %s', (_, one, other) => {
  expect(alike('s2', one, other, 'm1')).toEqual([[one, other]]);
});

it.each([
  ['a number', 'web1', 'web2'],
  ['upper and lower case', 'web1', 'Web1'],
  ['an accent', 'grose', 'gr\u00f6se'],
  ['nothing', 'web1', 'web1'],
])('names that do not: %s', (_, one, other) => {
  expect(alike(one, other)).toEqual([]);
});

it('are spelled out, with their places', () => {
  expect(alikeMessage([host('web-a', 3), host('web-\u0430', 9)])).toBe(
    'different hosts whose names look alike: web-a (hosts.ini:3), web-\\u{430} (hosts.ini:9)',
  );
});

it('are told of an inventory, and not refused', async () => {
  writeFileSync(join(folder, 'hosts.ini'), 'web-a\nweb-\u0430\n');
  const warnings: string[] = [];
  const fleet = await loadFleet(['hosts.ini'], { cwd: folder, env: {}, warn: (text) => warnings.push(text) });
  expect(fleet.hosts).toHaveLength(2);
  expect(warnings).toEqual([
    expect.stringContaining('look alike: web-a (hosts.ini:1), web-\\u{430} (hosts.ini:2)'),
  ]);
});

it.each(['web\u3164', '\u115fweb', 'web\u034f1', 'web\ufe0f', 'we\u{e0100}b'])(
  'what a screen leaves out is in no name: %j',
  (name) => {
    expect(isHostName(name)).toBe(false);
  },
);
