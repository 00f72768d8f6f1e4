/**
 * A user whose sudoers let root run the installed script, and nothing else: what only root may read appears in none of
 * its answers, whatever that user starts, names or links meanwhile.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFrames } from '../../src/transports/script/frames.ts';
import { installedScript, requestLine } from '../../src/transports/script/installed-script.ts';
import { describeWhere } from '../needs.ts';
import { type UnixUser, unixUsers } from '../transports/unix-user.ts';
import { fact, questionsOf } from './asking.ts';
import { programs } from './fake-keepalived.ts';

/** In files of root's alone, which look like keepalived's, sysctl's and modules-load's. */
const CANARY = `canary${process.pid}`;
const SECRET = `virtual_server ${CANARY} {\n}\nnet.${CANARY} = 1\n${CANARY}\n`;

const BOUNDARY = `twlint-${'0123456789abcdef'.repeat(2)}`;
const needs = { root: true as const, programs: ['sudo', 'useradd', 'chpasswd', 'busybox'] };

describeWhere(needs, 'a user with sudo for the installed script alone', () => {
  const { folder, keepalived, start, run } = programs();
  const makeUser = unixUsers();
  const home = mkdtempSync('/tmp/twlint-stranger-');
  const script = join(folder, 'twlint-collect');
  const secret = join(folder, 'root', 'secret.conf');
  let user: UnixUser;
  let uid: number;

  beforeAll(() => {
    user = makeUser();
    uid = Number(execFileSync('id', ['-u', user.name]).toString());
    const questions = { host: questionsOf('host'), netns: [], namespaces: 'init' as const };
    writeFileSync(script, installedScript(questions, '1.0.0', script), { mode: 0o755 });
    user.sudoers(`USER ALL=(root) NOPASSWD: ${script} ""`);
    mkdirSync(join(folder, 'root'), { mode: 0o700 });
    writeFileSync(secret, SECRET, { mode: 0o600 });
    chmodSync(home, 0o755);
    copyFileSync(keepalived, join(home, 'keepalived'));
    chmodSync(join(home, 'keepalived'), 0o755);
    symlinkSync(secret, join(home, 'link.conf'));
    symlinkSync(join(folder, 'root'), join(home, 'linked-folder'));
    writeFileSync(
      join(home, 'own.conf'),
      `vrrp_instance own {\n}\ninclude ${folder}/root/*\ninclude /proc/*/task/*/fd/../../*\ninclude link*\n`,
    );
    execFileSync('mkfifo', [join(home, 'pipe')]);
    mkdirSync(join(home, 'sudo'));
    symlinkSync(
      execFileSync('/bin/sh', ['-c', 'command -v sudo']).toString().trim(),
      join(home, 'sudo/keepalived'),
    );
    execFileSync('chown', ['-hR', `${uid}:${uid}`, home]);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  /** All that the script says to that user. */
  async function told(): Promise<string> {
    const child = spawn('sudo', ['-n', '-u', 'root', script], { uid, gid: uid, env: {}, cwd: '/' });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => output.push(chunk));
    child.stdin.end(requestLine(BOUNDARY, 'init', '1.0.0', 60));
    await new Promise((resolve) => child.on('close', resolve));
    return Buffer.concat(output).toString();
  }

  const keepalivedIn = (text: string) => {
    const { frames, complete } = readFrames(Buffer.from(text), BOUNDARY);
    expect(complete, text).toBe(true);
    return fact<{ files: string[] }>(frames, 'keepalived', null);
  };

  it('gets root to read what it should: or nothing would be proved', async () => {
    await start(['-f', secret]);
    const { files } = keepalivedIn(await told()).value;
    expect(files).toContain(secret);
  });

  it.each([
    ['a file of root', 'ROOT/root/secret.conf'],
    ['a pipe', 'HOME/pipe'],
    ['the log of the kernel', '/proc/kmsg'],
    ['a device', '/dev/zero'],
    ['a link to a file of root', 'HOME/link.conf'],
    ['a path through a linked folder', 'HOME/linked-folder/secret.conf'],
    ['a file of its own, with includes', 'HOME/own.conf'],
    ['descriptors of processes', '/proc/self/fd/0'],
    ['a file of another user', '/etc/shadow'],
  ])('learns nothing by a process of its own that is called keepalived: %s', async (_, file) => {
    const path = file.replace('ROOT', folder).replace('HOME', home);
    await start(['-f', path], { uid, program: join(home, 'keepalived') });
    await start([`--use-file=${path}`], { uid });
    const text = await told();
    expect(text).not.toContain(CANARY);
    const { value, partial } = keepalivedIn(text);
    expect(value.files).not.toContain(path);
    expect(partial).toMatch(
      new RegExp(`2 called keepalived not run as root \\(process \\d+ as user ${uid}\\), and what those do`),
    );
  });

  it('learns nothing by a program that is in part root while it asks for a password', async () => {
    const sudo = join(home, 'sudo/keepalived');
    await run('sh', ['-c', `${sudo} -S -p here true --use-file=${secret} 2>&1`], { uid });
    const text = await told();
    expect(text).not.toContain(CANARY);
    expect(keepalivedIn(text).partial).toMatch(
      /1 called keepalived not run as root|its program is \S*\/sudo, not keepalived/,
    );
  });

  it.each([
    ['a folder of that user', 'HOME/linked-folder/*'],
    ['a file there', 'HOME/link.conf'],
  ])("learns nothing by root's own keepalived, which includes %s", async (_, pattern) => {
    const main = join(folder, 'main.conf');
    writeFileSync(main, `vrrp_instance one {\n}\ninclude ${pattern.replace('HOME', home)}\n`);
    await start(['-f', main]);
    const text = await told();
    expect(text).not.toContain(CANARY);
    expect(keepalivedIn(text).partial).toMatch(/not read: .*others than root may write to \/tmp/);
  });

  it('learns nothing by links that come and go', { timeout: 120_000 }, async () => {
    const swapping = `cd ${home} && echo here && while :; do
      ln -sfn ${folder}/root swapped; rm -f swapped; mkdir swapped; echo "vrrp_instance a" >swapped/secret.conf
      ln -sf ${secret} swapped/secret.conf; rm -r swapped
    done 2>/dev/null`;
    const main = join(folder, 'main.conf');
    writeFileSync(
      main,
      `vrrp_instance one {\n}\ninclude ${home}/swapped/*\ninclude ${home}/swapped/secret.conf\n`,
    );
    await start(['-f', main]);
    await start(['-f', join(home, 'swapped/secret.conf')]);
    await run('sh', ['-c', swapping], { uid });
    for (let i = 0; i < 8; i++) expect(await told()).not.toContain(CANARY);
  });
});
