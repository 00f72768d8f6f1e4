/** Whatever hosts, inventories and rules say: what `twlint fix` prints runs nothing but the settings. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml';
import { expect, it } from 'vitest';
import type { HostRemedies, Remedies, SettingChange } from '../../src/evaluate/remedies/remedy.ts';
import { withoutLogCommands } from '../../src/formats/log-commands.ts';
import { isOnePattern } from '../../src/formats/remedies/ansible-strings.ts';
import { bootFilesOf, isDecided, lineOf } from '../../src/formats/remedies/boot-file.ts';
import { remedyFormats } from '../../src/formats/remedies/index.ts';
import type { ResolvedSetting } from '../../src/formats/remedies/steps.ts';
import { describeWhere } from '../needs.ts';
import { HOSTS, hostileRemedies, PATTERNS } from './arbitrary-remedies.ts';
import { FORBIDDEN_ON_SCREENS } from './forbidden.ts';
import { actedOn } from './log-commands.ts';

const folder = temporaryFolder('hostile-remedies');

/** As it is printed. */
const written = (format: keyof typeof remedyFormats, remedies: Remedies) =>
  withoutLogCommands(remedyFormats[format](remedies));

/** Of every host with a play, what it is to set, in order. */
const settled = ({ steps }: HostRemedies) =>
  steps.flatMap(({ settings }) => settings.filter((one): one is ResolvedSetting => one.value !== null));

/** Of every host, what it is to do, in order. */
const calledFor = ({ steps }: HostRemedies) =>
  steps.flatMap(({ modules, settings }) => [
    ...modules,
    ...settings.flatMap(({ key, value }) => (value === null ? [] : [`-w ${key}=${value}`])),
  ]);

/** Whether a play has anything to do there, be it that files are to set a thing no longer. */
const acts = (host: HostRemedies) =>
  calledFor(host).length > 0 ||
  host.steps.some(({ settings }) =>
    settings.some((one) => isDecided(one) && bootFilesOf(one).edited.length > 0),
  );

const keptIn = (host: HostRemedies) => settled(host).filter((setting) => bootFilesOf(setting).kept);

const FIXED = new Set([
  ...[
    'name',
    'hosts',
    'become',
    'true',
    'gather_facts',
    'false',
    'vars',
    'twlint_hosts',
    'localhost',
    'tasks',
    'when',
    'block',
  ],
  ...['ansible.builtin.file', 'path', 'state', 'directory', 'mode', '0755'],
  ...['ansible.posix.sysctl', 'value', 'sysctl_file', 'sysctl_set', 'reload'],
  ...['ansible.builtin.command', 'argv', 'sysctl', '-w', 'modprobe', 'changed_when'],
  ...['ansible.builtin.lineinfile', 'path', 'line', 'create', 'mode', '0644'],
  ...['ansible.builtin.replace', 'regexp', 'replace'],
  "inventory_hostname in twlint_hosts and inventory_hostname in groups['all']",
]);

it.each(Object.keys(remedyFormats) as (keyof typeof remedyFormats)[])(
  '%s holds nothing that a terminal or a runner of CI would act upon',
  (format) => {
    fc.assert(
      fc.property(hostileRemedies, (remedies) => {
        const text = written(format, remedies);
        expect(text).not.toMatch(FORBIDDEN_ON_SCREENS);
        expect(actedOn(text)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  },
);

it('a playbook is one document, in which every word of others is literal', () => {
  fc.assert(
    fc.property(hostileRemedies, (remedies) => {
      const text = written('ansible', remedies);
      const events = parseEvents(text, {});
      expect(events.filter(({ type }) => type === EVENT_ID.DOCUMENT)).toHaveLength(1);
      expect(events.filter(({ type }) => type === EVENT_ID.ALIAS)).toEqual([]);
      const literals: string[] = [];
      for (const event of events) {
        if (event.type !== EVENT_ID.SCALAR) continue;
        const value = getScalarValue(text, event);
        if (text.slice(event.tagStart, event.tagEnd) === '!unsafe') literals.push(value);
        else expect(FIXED).toContain(value);
      }
      const played = remedies.hosts.filter(({ host }) => isOnePattern(host));
      const ofHosts = literals.filter((text) => played.some(({ host }) => host === text));
      expect(ofHosts.sort()).toEqual(
        played.flatMap((host) => (acts(host) ? [host.host, host.host] : [host.host])).sort(),
      );
      const values = played.flatMap((host) =>
        settled(host).flatMap((setting) => {
          const { key, value } = setting;
          return bootFilesOf(setting).kept ? [key, value] : [`${key}=${value}`];
        }),
      );
      expect(literals.filter((text) => values.includes(text)).sort()).toEqual(values.sort());
    }),
    { numRuns: 300 },
  );
});

it('a file for sysctl.d sets nothing else', () => {
  fc.assert(
    fc.property(hostileRemedies, (remedies) => {
      const lines = written('sysctl.d', remedies).split('\n');
      const set = lines.filter((line) => line !== '' && !line.startsWith('# ') && line !== '#');
      expect(set).toEqual(remedies.hosts.flatMap(keptIn).map(lineOf));
    }),
    { numRuns: 300 },
  );
});

it('a script runs nothing else on any host', { timeout: 120_000 }, () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  for (const name of ['sysctl', 'modprobe'])
    writeFileSync(join(programs, name), '#!/bin/sh\nprintf "%s\\n" "$*" >>calls\n', { mode: 0o755 });
  for (const name of ['touch', 'mkdir', 'sed', 'grep', 'rm'])
    symlinkSync(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(programs, name));
  let runs = 0;
  for (const remedies of fc.sample(hostileRemedies, 60)) {
    const script = remedyFormats.shell(remedies).replaceAll(/(?<!@)\/(etc|sys)\//g, '$1/');
    for (const host of remedies.hosts) {
      const cwd = join(folder, `sh${runs++}`);
      for (const name of ['sysctl.d', 'modules-load.d'])
        mkdirSync(join(cwd, 'etc', name), { recursive: true });
      const name = host.host.replace(/[^ -~]/gu, '');
      const run = (...args: string[]) =>
        spawnSync('/bin/sh', ['-s', '--', name, ...args], {
          cwd,
          input: script,
          encoding: 'utf8',
          env: { PATH: programs },
        });
      const { stderr } = run();
      const isKnown = remedies.hosts.some((other) => other.host === name);
      expect([stderr, isKnown]).toEqual([isKnown ? '' : expect.any(String), isKnown]);
      const calls = existsSync(join(cwd, 'calls')) ? readFileSync(join(cwd, 'calls'), 'utf8') : '';
      const meant = isKnown ? [remedies.hosts.find((other) => other.host === name)!] : [];
      expect(calls).toBe(
        meant
          .flatMap(calledFor)
          .map((call) => `${call}\n`)
          .join(''),
      );
      expect(readdirSync(cwd).filter((file) => file !== 'calls')).toEqual(['etc']);
      const kept = () =>
        readdirSync(join(cwd, 'etc'), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.conf'))
          .flatMap((file) => readFileSync(join(cwd, 'etc', file), 'utf8').split('\n'))
          .filter(Boolean)
          .sort();
      const byKey = new Map(meant.flatMap(keptIn).map((setting) => [setting.key, lineOf(setting)]));
      const modules = new Set(meant.flatMap(({ steps }) => steps.flatMap(({ modules }) => modules)));
      expect(kept()).toEqual([...byKey.values(), ...modules].sort());
      run('undo');
      expect(kept()).toEqual([]);
    }
  }
  expect(runs).toBeGreaterThan(60);
});

const NO_FILE: SettingChange['boot'] = { ok: true, value: [] };

/** What the real module would be asked to do, and for which host: one line each. */
const RECORDER = `
import json
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        with open('recorded', 'a') as file:
            file.write(json.dumps([task_vars['inventory_hostname'], self._task.args]) + '\\n')
        return {'changed': False, 'failed': task_vars['inventory_hostname'] == 'broken'}
`;

import { temporaryFolder } from '../temporary.ts';

const INVENTORY = `
all:
  vars: { ansible_connection: local, ansible_become: false }
  hosts: { größe: {}, '10.0.0.7': {}, '2001:db8::7': {} }
  children:
    web: { hosts: { web1: {}, web2: {} } }
    db: { hosts: { db1: {} } }
`;

/** Runs a playbook with a module in the place of the real one, which records what it would be asked to do. */
function played(name: string, inventory: string, remedies: Remedies, ...args: string[]) {
  const plugins = join(folder, 'collections/ansible_collections/ansible/posix/plugins');
  for (const kind of ['action', 'modules']) mkdirSync(join(plugins, kind), { recursive: true });
  writeFileSync(join(plugins, 'action/sysctl.py'), RECORDER);
  writeFileSync(join(plugins, 'modules/sysctl.py'), '');
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'hosts.yaml'), inventory);
  writeFileSync(join(cwd, 'fix.yaml'), written('ansible', remedies));
  const ended = spawnSync('ansible-playbook', [...args, '-i', 'hosts.yaml', 'fix.yaml'], {
    cwd,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: cwd,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_COLLECTIONS_PATH: join(folder, 'collections'),
      ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
    },
  });
  const recorded = readFileSync(join(cwd, 'recorded'), 'utf8').trim().split('\n');
  return {
    cwd,
    ...ended,
    asked: recorded.map((line) => JSON.parse(line) as [string, Record<string, unknown>]),
  };
}

describeWhere({ programs: ['ansible-playbook'] }, 'a playbook, run by Ansible', () => {
  it('has one play for hosts that need the same, and goes on where all hosts of a play fail', {
    timeout: 120_000,
  }, () => {
    const [sample] = fc.sample(
      hostileRemedies.filter(({ hosts }) => hosts.length > 0),
      1,
    );
    const hostWith = (host: string, value: string): HostRemedies => ({
      host,
      source: { file: 'hosts.yaml', line: 1, column: 1 },
      namespaces: [],
      steps: [
        {
          causes: [],
          modules: [],
          settings: [
            {
              key: 'net.ipv4.ip_forward',
              value,
              removed: false,
              wishes: [],
              now: { ok: true, value: '9' },
              boot: NO_FILE,
            },
          ],
        },
      ],
    });
    const hosts = [
      hostWith('broken', '1'),
      hostWith('web1', '0'),
      hostWith('gone', '2'),
      hostWith('web2', '0'),
    ];
    const remedies = { ...sample!, hosts };
    expect(written('ansible', remedies).match(/^- name: .*/gm)).toEqual(
      ['broken', 'web1, web2', 'gone'].map((names) => `- name: !unsafe "Fix ${names}"`),
    );
    const local = '{ ansible_connection: local, ansible_become: false }';
    const inventory = `all: { hosts: { broken: ${local}, web1: ${local}, web2: ${local}, gone: { ansible_port: 1, ansible_host: 127.0.0.1 } } }`;
    const { status, stdout, asked } = played('failing', inventory, remedies, '--check');
    expect(asked.map(([host, { value }]) => `${host} ${value}`).sort()).toEqual([
      'broken 1',
      'web1 0',
      'web2 0',
    ]);
    expect(stdout).toMatch(/^gone .*unreachable=1/m);
    // and yet it has failed
    expect(status).not.toBe(0);
  });

  it('sets what it is to set, on the host of that very name, and nothing else', { timeout: 600_000 }, () => {
    const remedies = merged(fc.sample(hostileRemedies, 60));
    const { cwd, status, stdout, stderr, asked } = played(
      'ansible',
      INVENTORY,
      remedies,
      '--check',
      '--diff',
    );
    expect({ status, stderr: stderr.replace(/^\[WARNING\].*(?:\n(?!\[).*)*\n?/gm, '') }, stdout).toEqual({
      status: 0,
      stderr: '',
    });
    const each = asked.map(([host, { name, value }]) => `${host} ${name}=${value}`);
    for (const host of remedies.hosts.filter(({ host }) => HOSTS.includes(host)))
      expect(each.filter((one) => one.startsWith(`${host.host} `))).toEqual(
        settled(host).map(({ key, value }) => `${host.host} ${key}=${value}`),
      );
    expect(asked.filter(([host]) => !HOSTS.includes(host))).toEqual([]);
    expect(
      readdirSync(cwd)
        .filter((file) => !file.startsWith('.'))
        .sort(),
    ).toEqual(['fix.yaml', 'hosts.yaml', 'recorded']);
  });
});

/** Every host with a setting, every name that is something else to Ansible, and as many hostile ones. */
function merged(samples: readonly Remedies[]): Remedies {
  const hosts = samples.flatMap((one) => one.hosts);
  const names = [...new Set([...HOSTS, ...PATTERNS, ...hosts.map(({ host }) => host)])];
  const step = hosts
    .flatMap((host) => host.steps)
    .find(({ settings }) => settings.some(({ value }) => value !== null))!;
  return {
    ...samples[0]!,
    hosts: names.map((host, i) => ({
      ...hosts[i % hosts.length]!,
      host,
      steps: [step, ...hosts[i % hosts.length]!.steps].map((one) => ({
        ...one,
        // files that would have to be there
        settings: one.settings.map((setting) => ({ ...setting, removed: false, boot: NO_FILE })),
      })),
    })),
  };
}
