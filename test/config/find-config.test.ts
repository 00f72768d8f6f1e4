import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findConfig } from '../../src/config/find-config.ts';
import { temporaryFolder } from '../temporary.ts';

/** A folder with a folder in it, and a configuration in the outer one. */
function folders(text = 'inventories: [hosts.yaml, "a,b"]\nconnection: { known_hosts: [/etc/known] }\n') {
  const outer = temporaryFolder('config');
  const inner = join(outer, 'inner');
  mkdirSync(inner);
  writeFileSync(join(outer, 'twlint.yaml'), text);
  return { outer, inner };
}

const settingOf = (named: string | undefined, cwd: string, option: string) =>
  findConfig(named, cwd).options.find((setting) => setting.option === option)?.value;

it('the nearest one upwards counts, and its paths start from its folder', () => {
  const { outer, inner } = folders();
  expect(settingOf(undefined, outer, 'inventory')).toEqual(['hosts.yaml', 'a,b']);
  expect(settingOf(undefined, inner, 'inventory')).toEqual([join(outer, 'hosts.yaml'), 'a,b']);
  expect(settingOf(undefined, inner, 'known-hosts')).toEqual(['/etc/known']);
  writeFileSync(join(inner, 'twlint.yaml'), 'inventories: [near.yaml]\n');
  expect(settingOf(undefined, inner, 'inventory')).toEqual(['near.yaml']);
  expect(settingOf('../twlint.yaml', inner, 'inventory')).toEqual([join(outer, 'hosts.yaml'), 'a,b']);
});

it('none stands for none, and what is named has to be there', () => {
  const { inner } = folders();
  expect(findConfig('none', inner)).toEqual({
    file: null,
    path: null,
    options: [],
    severities: [],
    waivers: [],
  });
  expect(() => findConfig('other.yaml', inner)).toThrow(/other\.yaml/);
});

it.each(['the file', 'its folder'])('is not taken where every user can write to %s', (what) => {
  const { outer, inner } = folders();
  chmodSync(what === 'the file' ? join(outer, 'twlint.yaml') : outer, what === 'the file' ? 0o666 : 0o777);
  expect(() => findConfig(undefined, inner)).toThrow(/every user of this machine can write to/);
  // whoever names it trusts it
  expect(settingOf('../twlint.yaml', inner, 'inventory')).toHaveLength(2);
});

it('is not read through a link that leads elsewhere', () => {
  const { outer } = folders();
  const [elsewhere, here] = [temporaryFolder('elsewhere'), join(outer, 'linked')];
  writeFileSync(join(elsewhere, 'secret'), 'root:secret:0\n');
  mkdirSync(here);
  symlinkSync(join(elsewhere, 'secret'), join(here, 'twlint.yaml'));
  expect(() => findConfig(undefined, here)).toThrow(/a link to .*, which is not read/);
  expect(() => findConfig(undefined, here)).not.toThrow(/root:secret/);
});
