/** Whatever twlint opens by name is read at once or told: no pipe is waited for, nothing without an end is read. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFound, readNamed, Unread } from '../src/read.ts';
import { scratchFolder } from './transports/folder.ts';
import { PROGRAM, twlint } from './twlint.ts';

function why(read: () => string): string {
  try {
    return `read: ${read()}`;
  } catch (error) {
    if (error instanceof Unread) return error.message;
    throw error;
  }
}

async function socketAt(path: string): Promise<void> {
  const server = createServer().listen(path);
  await new Promise((listening) => server.once('listening', listening));
  // its name stays: nobody closes it before the process ends
  server.unref();
}

/** What can stand at a path, and what is said of it. */
const KINDS: [string, RegExp, (path: string) => void | Promise<void>][] = [
  ['a pipe', /^a pipe, and no file$/, (path) => void execFileSync('mkfifo', [path])],
  [
    'a link to /dev/zero',
    /^a device, and no file$|which is not read$/,
    (path) => symlinkSync('/dev/zero', path),
  ],
  ['a socket', /^a socket, and no file$/, socketAt],
  ['a folder', /^a folder, and no file$/, (path) => void mkdirSync(path)],
  [
    'a file of 3 GiB',
    /^more than 64 MiB, which is not read$/,
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 3 * 2 ** 30);
    },
  ],
  ['a link in a circle', /^its links lead in a circle$/, (path) => symlinkSync(path, path)],
  ['nothing', /^no such file$/, () => {}],
];

describe.each(KINDS)('%s', (_, says, make) => {
  it('is told, named or found', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'x');
    await make(path);
    expect(why(() => readNamed(path))).toMatch(says);
    expect(why(() => readFound(path, folder))).toMatch(says);
  });
});

describe('a link', () => {
  it('may lead within the folder, and not out of it', () => {
    const folder = join(scratchFolder(), 'folder');
    mkdirSync(join(folder, '..data'), { recursive: true });
    writeFileSync(join(folder, '..data/x'), 'inside');
    symlinkSync('..data/x', join(folder, 'x'));
    symlinkSync('/etc/hostname', join(folder, 'y'));
    // a neighbour whose name begins alike is no part of it
    mkdirSync(`${folder}-too`);
    writeFileSync(`${folder}-too/z`, 'canary');
    symlinkSync(`${folder}-too`, join(folder, 'z'));
    expect(readFound(join(folder, 'x'), folder)).toBe('inside');
    expect(why(() => readFound(join(folder, 'y'), folder))).toBe(
      'a link to /etc/hostname, which is not read',
    );
    expect(why(() => readFound(join(folder, 'z/z'), folder))).toMatch(/which is not read$/);
  });
});

it('/dev/null is empty, and a file of /proc is read though it has no size', () => {
  expect(readNamed('/dev/null')).toBe('');
  expect(readNamed('/proc/self/status')).toContain('Name:');
});

const DEMO = join(import.meta.dirname, '../inventories/demo');

interface Opened {
  args: string[];
  /** Where a pipe is put; what else is there. */
  pipe: string;
  files?: Record<string, string>;
  status: number;
  says: RegExp;
}

const RULE = `id: ZZ001
title: x
severity: note
scope: netns
assert: "false"
message: x
why: x
fix: { text: x }
references: [https://docs.kernel.org/]
tests:
  - { name: a, given: {}, expect: fail }
  - { name: b, given: {}, expect: pass }
  - { name: c, given: { netns: denied }, expect: unknown }
  - { name: d, evidence: case, expect: { fail: [] } }
`.replace('assert: "false"', 'assert: size(netns.processes) > 7');
const HOST = 'h ansible_host=127.0.0.1 ansible_port=1\n';
const ASK = ['facts', '-i', 'hosts', '-F', 'none', '--connect-timeout', '5s', '--retries', '0', 'kernel'];
const asking = (...more: string[]) => [...ASK.filter((it) => it !== '-F' && it !== 'none'), ...more];
const RULES = ['audit', '--from', 'nowhere', '-r', 'rules'];

/** All that is opened by a name that a command line, an inventory, a rule or ssh_config gives. */
const OPENED: Record<string, Opened> = {
  'an inventory': { args: ['inventory', '-i', 'x'], pipe: 'x', status: 2, says: /^twlint: x: a pipe/ },
  "an inventory's folder": {
    args: ['inventory', '-i', 'inv'],
    pipe: 'inv/x',
    status: 2,
    says: /inv\/x: a pipe/,
  },
  group_vars: {
    args: ['inventory', '-i', 'hosts'],
    files: { hosts: HOST },
    pipe: 'group_vars/all.yml',
    status: 2,
    says: /group_vars\/all\.yml: a pipe/,
  },
  "group_vars' folder": {
    args: ['inventory', '-i', 'hosts'],
    files: { hosts: HOST },
    pipe: 'group_vars',
    status: 2,
    says: /group_vars: a pipe/,
  },
  host_vars: {
    args: ['inventory', '-i', 'hosts'],
    files: { hosts: HOST },
    pipe: 'host_vars/h/x.yml',
    status: 2,
    says: /host_vars\/h\/x\.yml: a pipe/,
  },
  '--limit': {
    args: ['inventory', '-i', 'hosts', '-l', '@x'],
    files: { hosts: HOST },
    pipe: 'x',
    status: 2,
    says: /x: a pipe/,
  },
  "a rules' folder": { args: RULES, pipe: 'rules/x.yaml', status: 2, says: /rules\/x\.yaml: a pipe/ },
  'a rule': { args: ['audit', '-r', 'x.yaml'], pipe: 'x.yaml', status: 2, says: /x\.yaml: a pipe/ },
  "a rule's evidence": {
    args: ['rules', 'test', '--no-builtin', '-r', 'rules'],
    files: { 'rules/one.yaml': RULE },
    pipe: 'rules/one/case/manifest.json',
    status: 2,
    says: /manifest\.json: a pipe/,
  },
  '--from': { args: ['audit', '--from', 'x'], pipe: 'x', status: 2, says: /x: a pipe/ },
  "--from's manifest": {
    args: ['audit', '--from', 'snap'],
    pipe: 'snap/manifest.json',
    status: 2,
    says: /manifest\.json: a pipe/,
  },
  '--root': { args: ['audit', '--root', 'x'], pipe: 'x', status: 3, says: /x: a pipe/ },
  "--root's index": {
    args: ['audit', '--root', 'img'],
    files: { 'img/oci-layout': '{}' },
    pipe: 'img/index.json',
    status: 3,
    says: /neither \/etc nor \/usr|saved image/,
  },
  '--key': { args: [...ASK, '--key', 'x'], files: { hosts: HOST }, pipe: 'x', status: 2, says: /x: a pipe/ },
  IdentityFile: {
    args: asking('-F', 'config'),
    files: { hosts: HOST, config: 'IdentityFile ~/x\n' },
    pipe: 'x',
    status: 3,
    says: /refused|Connection/i,
  },
  '-F': { args: asking('-F', 'x'), files: { hosts: HOST }, pipe: 'x', status: 2, says: /-F .*x: a pipe/ },
  Include: {
    args: asking('-F', 'config'),
    files: { hosts: HOST, config: 'Include ~/x\n' },
    pipe: 'x',
    status: 2,
    says: /config:1:1: .*x: a pipe/,
  },
  '--known-hosts': {
    args: [...ASK, '--known-hosts', 'x'],
    files: { hosts: HOST },
    pipe: 'x',
    status: 2,
    says: /--known-hosts .*x: a pipe/,
  },
  UserKnownHostsFile: {
    args: asking('-F', 'config'),
    files: { hosts: HOST, config: 'UserKnownHostsFile ~/x\n' },
    pipe: 'x',
    status: 3,
    says: /refused|Connection/i,
  },
  '--nat': {
    args: ['trace', '--nat', 'x', '--src', '10.0.0.1', '--dst', '10.0.0.2'],
    pipe: 'x',
    status: 2,
    says: /x: a pipe/,
  },
  '--packets': {
    args: ['trace', '--nat', 'nat', '--packets', 'x'],
    files: { nat: '*nat\nCOMMIT\n' },
    pipe: 'x',
    status: 2,
    says: /x: a pipe/,
  },
  '--ipset': {
    args: ['trace', '--nat', 'nat', '--ipset', 'x', '--src', '10.0.0.1', '--dst', '10.0.0.2'],
    files: { nat: '*nat\nCOMMIT\n' },
    pipe: 'x',
    status: 2,
    says: /x: a pipe/,
  },
};

describe('a pipe that nobody writes to, in the place of', () => {
  it.each(Object.keys(OPENED))('%s', { timeout: 120_000 }, async (name) => {
    const { args, pipe, files = {}, status, says } = OPENED[name]!;
    const cwd = scratchFolder();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    mkdirSync(dirname(join(cwd, pipe)), { recursive: true });
    execFileSync('mkfifo', [join(cwd, pipe)]);
    const ended = await run(args, cwd);
    expect(ended).toMatchObject({ status, said: expect.stringMatching(says) });
    expect(ended.said).not.toMatch(/internal error|^ {4}at /m);
  });
});

/** The command lines that name a file or folder. */
const NAMED: Record<string, (path: string) => string[]> = {
  '--from': (path) => ['audit', '--from', path],
  '--root': (path) => ['audit', '--root', path],
  '-i': (path) => ['audit', '-i', path],
  '-r': (path) => ['rules', 'list', '-r', path],
  '--config': (path) => ['config', '--config', path],
  '--baseline': (path) => ['audit', '-i', 'hosts', '--baseline', path],
  '--limit': (path) => ['inventory', '-i', 'hosts', '-l', `@${path}`],
  '--key': (path) => [...ASK, '--key', path],
  '-F': (path) => asking('-F', path),
  '--extra-vars': (path) => ['inventory', '-i', 'hosts', '-e', `@${path}`],
  '--nat': (path) => ['trace', '--nat', path, '--src', '10.0.0.1', '--dst', '10.0.0.2'],
  '--packets': (path) => ['trace', '--nat', 'nat', '--packets', path],
  'a report': (path) => ['audit', '--from', DEMO, '-o', `text:${path}/x`],
  'a snapshot': (path) => ['collect', '-i', 'hosts', '-o', `${path}/x`],
  diff: (path) => ['diff', path, path],
  'rules new': (path) => ['rules', 'new', `${path}/new-one.yaml`],
};

describe.each([
  ['a link in a circle', 'circle'],
  ['what is below a file', 'file/x'],
  ['a name that is too long', 'a'.repeat(300)],
])('%s is told as such', (_, path) => {
  it.each(Object.keys(NAMED))('in the place of %s', async (name) => {
    const cwd = scratchFolder();
    symlinkSync('circle', join(cwd, 'circle'));
    for (const [file, text] of Object.entries({ file: '', nat: '*nat\nCOMMIT\n', hosts: HOST }))
      writeFileSync(join(cwd, file), text);
    const { status, stdout, stderr } = await twlint(cwd, NAMED[name]!(path));
    expect(status).toBe(2);
    expect(stderr + stdout).not.toMatch(/internal error|^ {4}at /m);
    expect(stderr + stdout).toContain(path);
  });
});

/** What it says, and its status; null where it had to be ended. */
function run(args: string[], cwd: string): Promise<{ status: number | null; said: string }> {
  const env = { PATH: process.env.PATH, HOME: cwd };
  return new Promise((resolve) => {
    const child = execFile('node', [PROGRAM, ...args], { cwd, env, timeout: 60_000 }, (_, out, err) =>
      resolve({ status: child.exitCode, said: err + out }),
    );
  });
}
