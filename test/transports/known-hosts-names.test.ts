/** What is kept in known_hosts speaks for one host, once, whoever names it and however many runs there are. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { parseKnownHosts } from '../../src/transports/known-hosts/known-hosts.ts';
import { readKnownHosts } from '../../src/transports/known-hosts/known-hosts-files.ts';
import { describeWhere } from '../needs.ts';
import { builtModule } from '../twlint.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';
import { settle } from './settle.ts';

/** No names of one host: patterns, lists, what a shell or known_hosts takes for more, what ssh refuses. */
const HOSTILE = [
  '*',
  '*.*',
  '10.0.0.?',
  'evil,bank.example',
  '!bank.example',
  '[bank.example]:22',
  '|1|c2FsdA==|aGFzaA==',
  '@cert-authority',
  '#',
  '-oProxyCommand=id',
  '-',
  'a b',
  'a\tb',
  'a\nbank.example',
  'a\u0000b',
  'a\u001b[2Jb',
  'a\u200bb',
  'a;id',
  'a|id',
  'a`id`',
  '$(id)',
  '$HOME',
  'a"b',
  "a'b",
  'a\\b',
  'a<b',
  'a>b',
  'a&b',
  'a(b',
  'a{b',
  'me@host',
  'a/b',
  'x'.repeat(300),
];
const FINE = [
  'web1',
  'WEB-1.example.org.',
  '192.0.2.1',
  '2001:db8::1',
  'fe80::1%eth0',
  'a_b',
  'bücher.example',
];

const inventory = (ansible_host: string) =>
  JSON.stringify({ all: { hosts: { h: { ansible_host } } } }, null, 1);

describe.each(HOSTILE)('%j as the name of a host', (name) => {
  it('is refused in an inventory, with file and line', async () => {
    const folder = scratchFolder();
    fileIn(folder, 'hosts.yaml', inventory(name));
    await expect(loadInventory(['hosts.yaml'], { cwd: folder, env: {} })).rejects.toThrow(
      /^hosts\.yaml:5:\d+: ansible_host must be an address/,
    );
  });

  it('is refused before anything is connected to, whoever says it', () => {
    const refused = /is no name and no address of one host\n {2}hint: /;
    expect(settle({ connection: { address: name } }).mistakes[0]).toMatch(refused);
    const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`;
    // in a file a line break or a NUL ends the word, or is told
    if (/[\n\0"\\]/.test(name)) return;
    expect(settle({ connection: { sshOptions: [`HostName=${quoted}`] } }).mistakes[0]).toMatch(
      /^hosts\.yaml:7:5: /,
    );
    expect(settle({ config: `HostName ${quoted}\n` }).mistakes[0]).toMatch(/config:1:1: .*/);
    const jumps = settle({ connection: { proxyJump: 'b' }, inventory: { b: { address: name } } });
    expect(jumps.mistakes[0]).toMatch(refused);
  });
});

it.each(HOSTILE.filter((name) => /[\s\p{C}*?!,|]|^[@#]/u.test(name)))(
  '%j gets into no known_hosts',
  (name) => {
    const before = 'web1 ssh-ed25519 AAAA\n';
    const file = fileIn(scratchFolder(), 'known_hosts', before);
    const options = { files: [file], named: true, firstMayBeMissing: true };
    const known = readKnownHosts(options, { cwd: '/', home: '/' });
    expect(() => known.record(name, Buffer.from('key'), false)).toThrow(/is no name of one host/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  },
);

it.each(FINE)('%s is one', async (name) => {
  const folder = scratchFolder();
  fileIn(folder, 'hosts.yaml', inventory(name));
  expect(await loadInventory(['hosts.yaml'], { cwd: folder, env: {} })).toHaveLength(1);
  expect(settle({ connection: { address: name } }).mistakes).toEqual([]);
});

it.each(['*', 'a,b', '!a', '|1|x|y', '@revoked', '#a'])('HostKeyAlias %s is refused', (alias) => {
  expect(settle({ config: `HostKeyAlias "${alias}"\n` }).mistakes[0]).toMatch(
    /config:1:1: ".*" is no HostKeyAlias of one host/,
  );
});

it('HostKeyAlias may have a port', () => {
  expect(settle({ config: 'HostKeyAlias [cluster]:2222\n' }).mistakes).toEqual([]);
});

describeWhere({ programs: ['ssh-keygen'] }, 'a line that is kept', () => {
  const key = () => {
    const [type = '', base64 = ''] = makeKey(scratchFolder(), 'host').publicLine.split(' ');
    return { line: `${type} ${base64}`, key: Buffer.from(base64, 'base64') };
  };
  const open = (file: string) =>
    readKnownHosts({ files: [file], named: true, firstMayBeMissing: true }, { cwd: '/', home: '/' });

  it('is found by ssh-keygen under that name alone, plain or hashed', () => {
    const { key: host } = key();
    const other = 'bank.example';
    fc.assert(
      fc.property(
        fc.constantFrom(...FINE),
        fc.boolean(),
        fc.constantFrom(22, 2222),
        (given, hashed, port) => {
          const file = join(scratchFolder(), 'known_hosts');
          const name = port === 22 ? given.toLowerCase() : `[${given.toLowerCase()}]:${port}`;
          expect(open(file).record(name, host, hashed)).toBe(true);
          expect(open(file).find(name)).toHaveLength(1);
          expect(open(file).find(other)).toEqual([]);
          const found = (of: string) => spawnSync('ssh-keygen', ['-F', of, '-f', file]).status;
          expect([found(name), found(other)]).toEqual([0, 1]);
          expect(readFileSync(file, 'utf8').includes(given.toLowerCase())).toBe(!hashed);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is the only one, where another run was faster; another key of that run is believed', () => {
    const file = join(scratchFolder(), 'known_hosts');
    const [mine, theirs] = [key(), key()];
    const [first, second] = [open(file), open(file)];
    expect(first.record('web1', mine.key, true)).toBe(true);
    expect(second.record('web1', mine.key, false)).toBe(false);
    expect(second.record('web1', theirs.key, false)).toBe(false);
    expect(second.find('web1').map((host) => host.key.equals(mine.key))).toContain(true);
    expect(parseKnownHosts(readFileSync(file, 'utf8'), '').hosts).toHaveLength(1);
  });

  it('stands there once after several runs at once', { timeout: 120_000 }, async () => {
    const folder = join(scratchFolder(), 'new');
    mkdirSync(folder);
    const [file, go] = [join(folder, 'known_hosts'), join(folder, 'go')];
    const { key: host } = key();
    const code = `
      import { existsSync } from 'node:fs';
      import { readKnownHosts } from ${JSON.stringify(builtModule('transports/known-hosts/known-hosts-files'))};
      const known = readKnownHosts({ files: [process.argv[1]], named: true, firstMayBeMissing: true }, { cwd: '/', home: '/' });
      process.stdout.write('ready');
      while (!existsSync(process.argv[2]));
      for (let i = 0; i < 200; i++) known.record('web' + i, Buffer.from(process.argv[3], 'base64'), i % 2 === 1);
    `;
    const runs = Array.from({ length: 3 }, () => {
      const child = spawn('node', ['--input-type=module', '-e', code, file, go, host.toString('base64')]);
      return {
        ready: new Promise((ready) => child.stdout.once('data', ready)),
        ended: new Promise<number | null>((ended) => child.once('close', ended)),
      };
    });
    await Promise.all(runs.map(({ ready }) => ready));
    writeFileSync(go, '');
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const { hosts, malformed } = parseKnownHosts(readFileSync(file, 'utf8'), '');
    expect([hosts.length, malformed]).toEqual([200, []]);
    for (let i = 0; i < 200; i++) expect(open(file).find(`web${i}`)).toHaveLength(1);
  });
});
