import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { connected, connectTo, reachTo, refused, sshTarget } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';
import type { Sshd } from './sshd.ts';
import { KINDS, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

/** Lines of known_hosts: HOST is the server with its port, KEY its key, OTHER and RSA are keys of somebody else. */
const CASES: [string, string[], string][] = [
  ['known', ['HOST KEY'], 'lets in'],
  ['known by a pattern', ['[127.0.0.*]:* KEY'], 'lets in'],
  ['known, but ruled out by a negation', ['!HOST,[127.*]:* KEY'], 'unknown'],
  ['known without its port', ['127.0.0.1 KEY'], 'lets in'],
  ['another key without its port', ['127.0.0.1 OTHER'], 'unknown'],
  ['unknown', ['[127.0.0.1]:1 KEY'], 'unknown'],
  ['changed', ['HOST OTHER'], 'changed'],
  ['a key of another kind is known', ['HOST RSA'], 'changed'],
  ['one of two keys is right', ['HOST OTHER', 'HOST KEY'], 'lets in'],
  ['changed, though right without its port', ['HOST OTHER', '127.0.0.1 KEY'], 'changed'],
  ['revoked', ['@revoked HOST KEY'], 'revoked'],
  ['known and revoked', ['HOST KEY', '@revoked * KEY'], 'revoked'],
  ['another one revoked', ['@revoked * OTHER', 'HOST KEY'], 'lets in'],
  ['an authority', ['@cert-authority HOST OTHER'], 'authority'],
  ['a line that means nothing', ['HOST ssh-ed25519 AAAA', '@odd HOST KEY'], 'unknown'],
];

const SAYS: Record<string, RegExp> = {
  unknown: /^its host key is not known \(ED25519 SHA256:/,
  changed: /^WARNING: its host key has changed\. It presents ED25519 SHA256:/,
  revoked: /marked as revoked \(ED25519 SHA256:/,
  authority: /^its host key is vouched for only by the certificate authority in .*known_hosts:1, and /,
};

describeWhere(SSHD_NEEDS, 'the host key of a real sshd', () => {
  const { keys, folder, start, to } = sshdWorld();
  let sshd: Sshd;
  let words: Record<string, string>;
  beforeAll(async () => {
    sshd = await start();
    const [host, ...key] = sshd.hostKeyLines[0]!.split(' ');
    words = {
      HOST: host!,
      KEY: key.join(' '),
      OTHER: makeKey(folder, 'other').publicLine,
      RSA: makeKey(folder, 'other-rsa', { kind: 'rsa' }).publicLine,
    };
  });
  const written = (lines: string[]) =>
    lines.map((line) => line.replace(/HOST|KEY|OTHER|RSA/g, (word) => words[word]!));

  /** OpenSSH's own client in the same place. */
  function sshLetsIn(known: string[], checking: string): boolean {
    const file = fileIn(scratchFolder(), 'known_hosts', `${known.join('\n')}\n`);
    const options = [
      `UserKnownHostsFile=${file}`,
      'GlobalKnownHostsFile=/dev/null',
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      `StrictHostKeyChecking=${checking === 'strict' ? 'yes' : checking}`,
    ].flatMap((option) => ['-o', option]);
    const where = ['-p', String(sshd.port), 'root@127.0.0.1'];
    return (
      spawnSync('ssh', ['-F', 'none', '-i', keys.ed25519.file, ...options, ...where, 'true']).status === 0
    );
  }

  describe.each(['strict', 'accept-new'] as const)('%s, as ssh itself decides', (hostKeyChecking) => {
    it.each(CASES)('%s', async (_, lines, expected) => {
      const known = written(lines);
      const believes = hostKeyChecking === 'accept-new' && ['unknown', 'authority'].includes(expected);
      const answer = await connectTo(to(sshd, { known, options: { hostKeyChecking, transport: 'ssh2' } }));
      if (answer.ok) answer.value.close();
      else expect(answer.reason).toMatch(SAYS[expected]!);
      expect(answer.ok).toBe(expected === 'lets in' || believes);
      expect(sshLetsIn(known, hostKeyChecking)).toBe(answer.ok);
    });
  });

  it('revoked without its port: refused, though ssh would take it for a new one', async () => {
    const known = written(['127.0.0.1 KEY', '@revoked 127.0.0.1 KEY']);
    const options = { hostKeyChecking: 'accept-new' as const };
    expect(await refused(to(sshd, { known, options }))).toMatch(SAYS.revoked!);
  });

  it.each(KINDS)('%s, where the host has others that are not known', async (kind) => {
    const server = await start({ hostKeys: KINDS });
    const known = server.hostKeyLines.filter((line) =>
      line.includes(` ${keys[kind].publicLine.split(' ')[0]} `),
    );
    expect(known).toHaveLength(1);
    (await connected(to(server, { known }))).close();
  });

  it('unknown: the line that is told to add makes it known, to us and to ssh', async () => {
    const reason = await refused(to(sshd, { known: [] }));
    const [, line] = /add this line to \S*known_hosts: (\S+ \S+ \S+)$/.exec(reason)!;
    (await connected(to(sshd, { known: [line!] }))).close();
    expect(sshLetsIn([line!], 'strict')).toBe(true);
  });

  it('unknown: lines that could not be understood are told, since it may stand there', async () => {
    expect(await refused(to(sshd, { known: written(['HOST', 'HOST ssh-rsa']) }))).toMatch(
      / \(not read: \S*known_hosts: lines 1, 2 can't be understood\)$/,
    );
  });

  it('changed: both fingerprints and the place of the known one', async () => {
    const reason = await refused(to(sshd, { known: ['# comment', ...written(['HOST OTHER'])] }));
    const [presented, known] = ['KEY', 'OTHER'].map((word) => {
      const file = fileIn(scratchFolder(), 'key.pub', words[word]!);
      return spawnSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).stdout.split(' ')[1];
    });
    expect(reason).toContain(`It presents ED25519 ${presented}, but `);
    expect(reason).toContain(`known_hosts:2 has ED25519 ${known}: `);
  });

  it('accept-new keeps it, once, in a file for its owner alone', async () => {
    const file = join(scratchFolder(), 'new', 'known_hosts');
    const said: string[] = [];
    const warn = (text: string) => void said.push(text);
    const options = { knownHosts: [file], hostKeyChecking: 'accept-new' as const, warn };
    for (let i = 0; i < 2; i++) (await connected(to(sshd, { options }))).close();
    expect(readFileSync(file, 'utf8')).toBe(`${sshd.hostKeyLines[0]}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said).toEqual([expect.stringMatching(/ is new: its host key SHA256:\S+ is now in /)]);
  });

  it('accept-new does not glue its line to one without an end', async () => {
    const file = fileIn(scratchFolder(), 'known_hosts', '# no newline here');
    const options = { knownHosts: [file], hostKeyChecking: 'accept-new' as const };
    (await connected(to(sshd, { options }))).close();
    expect(readFileSync(file, 'utf8')).toBe(`# no newline here\n${sshd.hostKeyLines[0]}\n`);
  });

  it('accept-new hides the name where ssh_config says so, and ssh finds it', async () => {
    const folder = scratchFolder();
    const file = join(folder, 'known_hosts');
    const sshConfig = fileIn(folder, 'config', 'HashKnownHosts yes\n');
    const options = { knownHosts: [file], hostKeyChecking: 'accept-new' as const, sshConfig };
    for (let i = 0; i < 2; i++) (await connected(to(sshd, { options }))).close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toEqual([expect.stringMatching(/^\|1\|\S+ ssh-ed25519 /)]);
    expect(sshLetsIn(lines, 'strict')).toBe(true);
  });

  it('accept-new refuses a host of which another run has seen another key meanwhile', async () => {
    const file = fileIn(scratchFolder(), 'known_hosts', '');
    const connecting = to(sshd, { options: { knownHosts: [file], hostKeyChecking: 'accept-new' } });
    const target = sshTarget(connecting);
    const { open } = await reachTo([target], [], connecting.options);
    const [line] = written(['HOST OTHER']);
    writeFileSync(file, `${line}\n`);
    const answer = await open(target, new AbortController().signal);
    expect(answer).toMatchObject({ ok: false, reason: expect.stringMatching(SAYS.changed!) });
    expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
  });

  it('off lets anything in and says so once', async () => {
    const said: string[] = [];
    const options = { hostKeyChecking: 'off' as const, warn: (text: string) => void said.push(text) };
    (await connected(to(sshd, { known: written(['HOST OTHER', '@revoked * KEY']), options }))).close();
    expect(said).toEqual([expect.stringMatching(/^host keys are not checked/)]);
  });
});
