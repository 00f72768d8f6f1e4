/** The JSON Schema of inventories beside their reader: both take the same, as far as a schema can see. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { SETTINGS } from '../../src/inventory/variables.ts';
import type { Json } from '../../src/model.ts';
import { parseYaml } from '../../src/yaml.ts';
import { temporaryFolder } from '../temporary.ts';
import { inventoryCases } from './cases.ts';

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(inventorySchema());
const folder = temporaryFolder('schema');

/** Values of every kind, for every setting. */
const VALUES: Json[] = [
  ...[
    '',
    '0',
    '1',
    '22',
    '65536',
    '-p',
    'root',
    'me',
    'me@there',
    '192.0.2.1',
    '::1',
    'a b',
    'a/b',
    '~/.ssh/id',
  ],
  ...['yes', 'Off', 'TRUE', 'maybe', 'local', 'ssh', 'ansible.builtin.ssh', 'winrm', 'sudo', 'su', 'doas'],
  ...[
    'auto',
    'openssh',
    'libssh',
    '/usr/sbin/twlint-collect',
    '/bin/sh',
    '-J bastion',
    '{{ where }}',
    '{% if %}',
  ],
  ...[null, true, false, 0, 1, 2, 22, 70000, 1.5],
];

async function isTaken(vars: Record<string, Json>): Promise<boolean> {
  const file = join(folder, 'hosts.yaml');
  writeFileSync(file, JSON.stringify({ all: { hosts: { one: vars } } }));
  try {
    await loadInventory([file], { cwd: folder, env: { HOME: folder } });
    return true;
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    return false;
  }
}

/** Only where it counts is a setting looked at. */
const BESIDE: Record<string, Record<string, Json>> = {
  ansible_become_method: { ansible_become: true },
  ansible_become_user: { ansible_become: true },
  twlint_root_prefix: { ansible_connection: 'rootfs' },
};

/** A path is where an image is, and no address. */
const besideOf = (name: string, value: Json) =>
  /_host$/.test(name) && String(value).includes('/') ? { ansible_connection: 'rootfs' } : BESIDE[name];

const names = [...Object.values(SETTINGS).flat(), 'ansible_ssh_pass', 'twlint_typo', 'note'];

/** What is within these is beyond a schema. */
const OPAQUE = /_args$/;

describe.each(names)('%s', (name) => {
  it.each(VALUES)('%j', async (value) => {
    const vars = { ...besideOf(name, value), [name]: value };
    const isValid = validate({ all: { hosts: { one: vars } } });
    if (await isTaken(vars)) expect(isValid).toBe(true);
    else if (!OPAQUE.test(name)) expect(isValid).toBe(false);
  });
});

const files = inventoryCases
  .filter(({ expected }) => expected !== null)
  .flatMap(({ folder, args }) => args.map((arg) => join(folder, arg)))
  .filter((path) => /hosts[\w-]*\.ya?ml$/.test(path))
  // a schema looks at values, too, which do not count
  .filter((path) => !path.endsWith('/connections/hosts.yaml'));

it.each(files)('%s', (path) => {
  validate(parseYaml(readFileSync(path, 'utf8'), path, 'ansible').value);
  expect(validate.errors ?? []).toEqual([]);
});
