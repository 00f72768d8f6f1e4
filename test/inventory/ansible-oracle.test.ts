import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { graphText } from '../../src/commands/inventory-graph.ts';
import { type Fleet, loadFleet } from '../../src/inventory/load.ts';
import type { Json } from '../../src/model.ts';
import { WITHHELD } from '../../src/yaml-scalar.ts';
import { describeWhere } from '../needs.ts';
import { askAnsible } from './ansible.ts';
import { inventoryCases } from './cases.ts';
import { randomInventory } from './random-fleets.ts';
import { randomIniFleets } from './random-ini.ts';

/** What `ansible-inventory --list` prints, with the values that twlint would withhold. */
type Listing = Record<string, Json>;

function ours({ inventory, hosts }: Fleet): Listing {
  const groups = [...inventory.groups.values()].map(({ name, children, hosts: members }) => ({
    name,
    children: [...children.keys()],
    hosts: name === 'all' ? [] : [...members],
  }));
  const lists = groups.map(({ name, ...lists }): [string, Json] => [
    name,
    Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  ]);
  const hostvars = hosts
    .filter(({ vars }) => vars.size > 0)
    .map(({ name, vars }) => [name, Object.fromEntries([...vars].map(([key, { value }]) => [key, value]))]);
  return Object.fromEntries([
    ...lists.filter(([, lists]) => Object.keys(lists as object).length > 0),
    ['_meta', { hostvars: Object.fromEntries(hostvars) as Json }],
  ]);
}

/** Ansible prints what it can't show as objects of its own. */
function plain(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  if ('__ansible_vault' in value) return WITHHELD;
  if ('__ansible_unsafe' in value) return value.__ansible_unsafe!;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const env = { HOME: '/home/op', PATH: process.env.PATH };

describeWhere({ programs: ['ansible-inventory'] }, 'what Ansible makes of the same files', () => {
  const home = mkdtempSync(join(tmpdir(), 'twlint-ansible-'));
  afterAll(() => rmSync(home, { recursive: true }));

  // Cases named own-* hold what is no Ansible inventory.
  const shared = inventoryCases.filter(({ name, expected }) => expected && !name.startsWith('own-'));
  const limited = shared.filter(({ limits }) => limits.length > 0);
  const random = Array.from({ length: 20 }, (_, seed) => ({ folder: join(home, `${seed}`), seed }));

  let printed: { stdout: string; stderr: string }[];
  let left: (string[] | null)[];
  beforeAll(() => {
    writeFileSync(join(home, 'random.yaml'), randomInventory(300));
    for (const { folder, seed } of random)
      for (const [path, text] of Object.entries(randomIniFleets(seed))) write(join(folder, path), text);
    const list = (args: readonly string[], cwd: string, action = '--list') => ({
      argv: ['ansible-inventory', ...args.flatMap((arg) => ['-i', arg]), action],
      cwd,
    });
    const commands = [
      ...shared.flatMap(({ args, folder }) => [list(args, folder), list(args, folder, '--graph')]),
      list(['random.yaml'], home),
      ...random.map(({ folder }) => list(['a.ini', 'b.ini'], folder)),
    ];
    const limits = limited.map(({ args, folder, limits }) => ({
      sources: args,
      cwd: folder,
      limits: limits.map(({ pattern }) => pattern),
    }));
    const answers = askAnsible([...commands, ...limits], home);
    printed = answers.slice(0, commands.length) as typeof printed;
    left = answers.slice(commands.length).flat() as typeof left;
  }, 60_000);

  it.each(shared)('$name', async ({ args, folder }) => {
    const [list, graph] = printed.splice(0, 2);
    const fleet = await loadFleet(args, { cwd: folder, env });
    expect(fleet.hosts.length).toBeGreaterThan(0);
    expect(ours(fleet), list!.stderr).toEqual(plain(JSON.parse(list!.stdout)));
    expect(graphText(fleet)).toBe(graph!.stdout);
  });

  it('three hundred random fleets in YAML', async () => {
    const { stdout } = printed.shift()!;
    const fleet = await loadFleet(['random.yaml'], { cwd: home, env });
    expect(fleet.hosts.length).toBeGreaterThan(500);
    expect(ours(fleet)).toEqual(plain(JSON.parse(stdout)));
  });

  it.each(random)('a random fleet in INI with group_vars and host_vars: $seed', async ({ folder }) => {
    const { stdout, stderr } = printed.shift()!;
    const fleet = await loadFleet(['a.ini', 'b.ini'], { cwd: folder, env });
    expect(fleet.hosts.length).toBeGreaterThan(0);
    expect(ours(fleet), stderr).toEqual(plain(JSON.parse(stdout)));
  });

  it.each(limited.flatMap(({ limits, ...it }) => limits.map((limit) => ({ ...it, ...limit }))))(
    '$name --limit $pattern',
    ({ hosts }) => {
      const theirs = left.shift();
      // Ansible warns of what names nothing, and goes on with what is left; twlint does not
      if (hosts !== null) expect(theirs?.sort()).toEqual([...hosts].sort());
    },
  );
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
