import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { limitHosts, readLimit } from '../../src/inventory/limit/limit.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { temporaryFolder } from '../temporary.ts';
import { inventoryCases } from './cases.ts';

const env = { HOME: '/home/op' };

describe.each(inventoryCases.filter(({ limits }) => limits.length > 0))(
  '$name',
  ({ folder, args, limits }) => {
    it.each(limits)('--limit $pattern', async ({ pattern, hosts }) => {
      const limited = loadInventory(args, { cwd: folder, env }, pattern);
      if (hosts === null) await expect(limited).rejects.toThrow('--limit');
      else expect((await limited).map(({ host }) => host.name)).toEqual(hosts);
    });
  },
);

const groups = new Map([
  ['all', ['web1', 'web2', 'db1']],
  ['web', ['web1', 'web2']],
  ['empty', []],
]);
const hosts = ['web1', 'web2', 'db1'].map((name) => ({ name }));

function limited(pattern: string, cwd = '.'): string[] {
  return limitHosts(hosts, groups, readLimit(pattern, cwd)).map(({ name }) => name);
}

it.each([
  ['wbe', '--limit: no host and no group is called "wbe"\n  hint: did you mean web?'],
  ['all:!db2', '--limit: no host and no group is called "db2"\n  hint: did you mean db1?'],
  ['web,&prod', '--limit: no host and no group is called "prod"'],
  ['web[2]', '--limit: web[2]: web has only 2 hosts'],
  ['web[2:]', '--limit: web[2:]: web has only 2 hosts'],
  ['~(', '--limit: ~( is no pattern: '],
  ['web:!all', '--limit web,!all: no host is left'],
  ['empty', '--limit empty: no host is left'],
  [',', '--limit ",": it names nothing'],
  ['wbe:dbx', 'called "wbe"\n  hint: did you mean web?\n--limit: no host and no group is called "dbx"'],
])('says what is wrong with %s', (pattern, message) => {
  expect(() => limited(pattern)).toThrow(message);
});

it('stops a pattern that would match for ever', () => {
  const long = [{ name: 'a'.repeat(40) }];
  const begun = process.cpuUsage();
  for (const pattern of ['~(a+)+$b', '~(a|a)*b', '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'])
    expect(() => limitHosts(long, new Map(), [{ text: pattern, source: null }])).toThrow(
      /too long|is called/,
    );
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(10);
});

describe('@file', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder('limit');
  });

  it('stands for its lines', () => {
    writeFileSync(join(folder, 'again'), '# not reached\ndb1\n\r\n  web1  \n');
    expect(limited('@again', folder)).toEqual(['web1', 'db1']);
    expect(limited('@again:!web', folder)).toEqual(['db1']);
  });

  it('is pointed into', () => {
    writeFileSync(join(folder, 'old'), 'web1\ngone\nweb2\n');
    expect(() => limited('@old', folder)).toThrow('old:2:1: --limit: no host and no group is called "gone"');
  });

  it('may not be there, or empty', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    expect(() => limited('@empty', folder)).toThrow('--limit @empty: the file names no host');
    expect(() => limited('@none', folder)).toThrow('none: no such file');
  });
});

it('makes mistakes in the connections of other hosts harmless', async () => {
  const { folder } = inventoryCases.find(({ name }) => name === 'bad-connections')!;
  await expect(loadInventory(['hosts.yaml'], { cwd: folder, env })).rejects.toThrow('ansible_port');
  expect(await loadInventory(['hosts.yaml'], { cwd: folder, env }, 'x')).toHaveLength(1);
});
