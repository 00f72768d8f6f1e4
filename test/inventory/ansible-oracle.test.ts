import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assemble } from '../../src/inventory/assemble.ts';
import { readYamlInventory } from '../../src/inventory/read-yaml.ts';
import { resolve } from '../../src/inventory/resolve.ts';
import type { Json } from '../../src/model.ts';
import { WITHHELD } from '../../src/yaml-scalar.ts';
import { describeWhere } from '../needs.ts';
import { inventoryCases } from './cases.ts';
import { randomInventory } from './random-fleets.ts';

/** By host: its groups, and every variable it ends up with. */
type Hosts = Record<string, { groups: string[]; vars: Record<string, Json> }>;

interface Files {
  folder: string;
  files: string[];
}

/** As `ansible-inventory --list` prints it. */
interface Listing {
  _meta: { hostvars: Record<string, Record<string, Json>> };
  [group: string]: { hosts?: string[]; children?: string[]; hostvars?: never } | Listing['_meta'];
}

function ours({ folder, files }: Files): Hosts {
  const complain = (message: string): never => {
    throw new Error(message);
  };
  const statements = files.flatMap((file) =>
    readYamlInventory(readFileSync(join(folder, file), 'utf8'), file, complain),
  );
  const hosts = resolve(assemble(statements, complain)).map(({ name, groups, vars }) => {
    const values = [...vars].map(([key, { value }]) => [key, value]);
    return [name, { groups, vars: Object.fromEntries(values) as Record<string, Json> }] as const;
  });
  return Object.fromEntries(hosts);
}

function ansibles({ folder, files }: Files, home: string): Hosts {
  const args = files.flatMap((file) => ['-i', join(folder, file)]);
  const env = { PATH: process.env.PATH, HOME: home, ANSIBLE_INVENTORY_ENABLED: 'yaml', LC_ALL: 'C.UTF-8' };
  const text = execFileSync('ansible-inventory', [...args, '--list'], {
    cwd: home,
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const listing = JSON.parse(text) as Listing;
  const hosts = membersOf(listing, 'all');
  const groups = Object.keys(listing).filter((name) => !['_meta', 'all', 'ungrouped'].includes(name));
  const members = groups.map((name) => ({ name, hosts: membersOf(listing, name) }));
  return Object.fromEntries(
    [...hosts].map((host) => {
      const holding = members.filter((group) => group.hosts.has(host)).map((group) => group.name);
      return [host, { groups: holding.sort(), vars: listing._meta.hostvars[host] ?? {} }];
    }),
  );
}

function membersOf(listing: Listing, name: string): Set<string> {
  const group = (listing[name] ?? {}) as { hosts?: string[]; children?: string[] };
  return new Set([
    ...(group.hosts ?? []),
    ...(group.children ?? []).flatMap((child) => [...membersOf(listing, child)]),
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

describeWhere({ programs: ['ansible-inventory'] }, 'what ansible-inventory makes of the same files', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'twlint-ansible-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  // Cases named own-* hold what is no Ansible inventory.
  const shared = inventoryCases.filter(({ name, expected }) => expected && !name.startsWith('own-'));

  it.each(shared)('$name', { timeout: 60_000 }, (inventoryCase) => {
    const theirs = ansibles(inventoryCase, home);
    expect(Object.keys(theirs).length).toBeGreaterThan(0);
    expect(ours(inventoryCase)).toEqual(plain(theirs as unknown as Json));
  });

  it('agrees on three hundred random fleets', { timeout: 60_000 }, () => {
    writeFileSync(join(home, 'random.yaml'), randomInventory(300));
    const theirs = ansibles({ folder: home, files: ['random.yaml'] }, home);
    expect(Object.keys(theirs).length).toBeGreaterThan(500);
    expect(ours({ folder: home, files: ['random.yaml'] })).toEqual(plain(theirs as unknown as Json));
  });
});
