import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { graphText } from '../../src/commands/inventory/graph.ts';
import { type Fleet, loadFleet } from '../../src/inventory/load.ts';
import type { Json, Source } from '../../src/model.ts';
import { WITHHELD } from '../../src/yaml-scalar.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
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
  const home = temporaryFolder('ansible');

  // Cases named own-* hold what is no Ansible inventory.
  const shared = inventoryCases.filter(({ name, expected }) => expected && !name.startsWith('own-'));
  const limited = shared.filter(({ limits }) => limits.length > 0);
  const random = Array.from({ length: 20 }, (_, seed) => ({ folder: join(home, `${seed}`), seed }));

  const answers = new Map<string, unknown>();
  const printed = (name: string) => answers.get(name) as { stdout: string; stderr: string };
  beforeAll(() => {
    writeFileSync(join(home, 'random.yaml'), randomInventory(150));
    for (const { folder, seed } of random)
      for (const [path, text] of Object.entries(randomIniFleets(seed))) write(join(folder, path), text);
    const list = (args: readonly string[], cwd: string, action = '--list') => ({
      argv: ['ansible-inventory', ...args.flatMap((arg) => ['-i', arg]), action],
      cwd,
    });
    const { folder: own } = inventoryCases.find(({ name }) => name === 'own-listing')!;
    writeFileSync(join(home, 'program'), `#!/bin/sh\ncat ${own}/hosts.json\n`, { mode: 0o755 });
    const questions = [
      ...shared.flatMap(({ name, args, folder }) => [
        [`list ${name}`, list(args, folder)] as const,
        [`graph ${name}`, list(args, folder, '--graph')] as const,
      ]),
      ['list program', list(['program'], home)] as const,
      ['graph program', list(['program'], home, '--graph')] as const,
      ['list random.yaml', list(['random.yaml'], home)] as const,
      ...random.map(({ folder, seed }) => [`list ${seed}`, list(['a.ini', 'b.ini'], folder)] as const),
      ...limited.map(({ name, args, folder, limits }) => {
        const patterns = limits.map(({ pattern }) => pattern);
        return [`limits ${name}`, { sources: args, cwd: folder, limits: patterns }] as const;
      }),
    ];
    const given = askAnsible(
      questions.map(([, question]) => question),
      home,
    );
    for (const [index, [name]] of questions.entries()) answers.set(name, given[index]);
  }, 60_000);

  it.each(shared)('$name', async ({ name, args, folder }) => {
    const [list, graph] = [printed(`list ${name}`), printed(`graph ${name}`)];
    const fleet = await loadFleet(args, { cwd: folder, env });
    expect(fleet.hosts.length).toBeGreaterThan(0);
    expect(ours(fleet), list.stderr).toEqual(plain(JSON.parse(list.stdout)));
    expect(graphText(fleet)).toBe(graph.stdout);

    writeFileSync(join(home, 'listing.json'), list.stdout);
    expect(sorted(ours(await loadFleet(['listing.json'], { cwd: home, env })))).toEqual(sorted(ours(fleet)));
  });

  it('what a program prints', async () => {
    const [list, graph] = [printed('list program'), printed('graph program')];
    const fleet = await loadFleet(['program'], { cwd: home, env });
    expect(ours(fleet), list.stderr).toEqual(plain(JSON.parse(list.stdout)));
    expect(graphText(fleet)).toBe(graph.stdout);
  });

  it('a hundred and fifty random fleets in YAML', async () => {
    const { stdout } = printed('list random.yaml');
    const fleet = await loadFleet(['random.yaml'], { cwd: home, env });
    expect(fleet.hosts.length).toBeGreaterThan(250);
    expect(ours(fleet)).toEqual(plain(JSON.parse(stdout)));
  });

  it.each(random)('a random fleet in INI with group_vars and host_vars: $seed', async ({ folder, seed }) => {
    const { stdout, stderr } = printed(`list ${seed}`);
    const fleet = await loadFleet(['a.ini', 'b.ini'], { cwd: folder, env });
    expect(fleet.hosts.length).toBeGreaterThan(0);
    expect(ours(fleet), stderr).toEqual(plain(JSON.parse(stdout)));
    expect(misplaced(fleet, folder)).toEqual([]);
  });

  it.each(limited.flatMap(({ limits, ...it }) => limits.map((limit, index) => ({ ...it, ...limit, index }))))(
    '$name --limit $pattern',
    ({ name, index, hosts }) => {
      const theirs = (answers.get(`limits ${name}`) as (string[] | null)[])[index];
      // Ansible warns of what names nothing, and goes on with what is left; twlint does not
      if (hosts !== null) expect(theirs?.sort()).toEqual([...hosts].sort());
    },
  );
});

/** The variables whose place does not begin with their name, or whose text does not stand where it is said to. */
function misplaced({ hosts }: Fleet, folder: string): string[] {
  const files = new Map<string, string[]>();
  const textAt = ({ file, line, column }: Source): string => {
    const lines = files.get(file) ?? readFileSync(join(folder, file), 'utf8').split('\n');
    files.set(file, lines);
    return lines[line - 1]!.slice(column - 1);
  };
  const isWord = (value: Json): value is string => typeof value === 'string' && /^\w+$/.test(value);
  return hosts.flatMap(({ vars }) =>
    [...vars]
      .filter(([name]) => name !== 'ansible_port')
      .filter(
        ([name, { value, source, nameSource }]) =>
          !textAt(nameSource).startsWith(name) || (isWord(value) && !textAt(source).startsWith(value)),
      )
      .map(([name, { source }]) => `${name} ${source.file}:${source.line}:${source.column}`),
  );
}

/** Ansible lists groups and their hosts in an order of its own. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted).sort();
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sorted(inner)]));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
