/**
 * Secrets that are easily recognised, in every place that has one, and a search of all that twlint says, keeps and
 * starts: with real hosts, real logins, real sudo.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { PROGRAM } from '../twlint.ts';
import { scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';
import type { Sshd } from './sshd.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { type UnixUser, unixUsers } from './unix-user.ts';

/** No word of it may be seen anywhere. */
const CANARY = `canary${process.pid}`;
const canary = (place: string) => `${CANARY}-${place}-Xq7`;

const KEEPALIVED = `vrrp_script check {
    script "/usr/bin/check --user x --pass ${canary('vrrp-script')}"
}
vrrp_instance one {
    state MASTER
    interface lo
    virtual_router_id 5
    notify "/usr/bin/notify ${canary('notify')}"
    authentication {
        auth_type PASS
        auth_pass ${canary('auth-pass')}
    }
    virtual_ipaddress {
        192.0.2.9
    }
}
virtual_server 192.0.2.9 80 {
    real_server 192.0.2.10 80 {
        MISC_CHECK {
            misc_path "/usr/bin/check ${canary('misc-path')}"
        }
    }
}
`;
const SYSCTL = `net.ipv4.ip_forward = 1
net.ipv4.tcp_fastopen_key = ${canary('fastopen')}
net.ipv6.conf.all.stable_secret = ${canary('stable')}
`;

/** Variables of a host, which each hold one. */
const VARIABLES = {
  db_password: canary('password'),
  apiToken: canary('token'),
  aws: { secret_access_key: canary('nested'), credentials: [canary('list')] },
  ssh_key: `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary('key')}\n`,
  proxy: `http://me:${canary('url')}@proxy:3128`,
  inline: `$ANSIBLE_VAULT;1.1;AES256\n${canary('vault')}`,
  snmp: { community_secret: canary('snmp') },
  passphrase: canary('passphrase'),
  vault_other: canary('vault-name'),
};

const needs = {
  ...SSHD_NEEDS,
  programs: [...SSHD_NEEDS.programs!, 'sudo', 'useradd', 'chpasswd', 'unshare'],
};

describeWhere(needs, 'canaries', () => {
  const world = sshdWorld();
  const makeUser = unixUsers();
  let sshd: Sshd;
  let byPassword: UnixUser;
  let bySudo: UnixUser;
  let locked: string;

  beforeAll(async () => {
    byPassword = makeUser({ password: canary('ssh') });
    bySudo = makeUser({ password: canary('sudo') });
    bySudo.sudoers('USER ALL=(root) ALL');
    const key = makeKey(world.folder, 'locked-too', { passphrase: canary('passphrase-of-key') });
    locked = key.file;
    const files = join(world.folder, 'etc');
    mkdirSync(files);
    writeFileSync(join(files, 'keepalived.conf'), KEEPALIVED);
    writeFileSync(join(files, '50-own.conf'), SYSCTL);
    // its view of /etc is its own, and of processes: another test's keepalived would be asked for its file
    const mounts = `mkdir -p /etc/keepalived /etc/sysctl.d
      mount -t tmpfs -o mode=755 tmpfs /etc/keepalived && cp ${files}/keepalived.conf /etc/keepalived/
      mount -t tmpfs -o mode=755 tmpfs /etc/sysctl.d && cp ${files}/50-own.conf /etc/sysctl.d/
      exec "$@"`;
    sshd = await world.start({
      authorized: [key.publicLine, world.keys.ed25519.publicLine],
      config: ['PasswordAuthentication yes', 'PermitRootLogin no'],
      within: ['unshare', '--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', mounts, 'sh'],
    });
  }, 60_000);

  function inventoryIn(folder: string): void {
    const { port } = sshd;
    const at = { ansible_host: '127.0.0.1', ansible_port: port };
    const hosts = {
      'by-password': { ...at, ansible_user: byPassword.name },
      'by-key': {
        ...at,
        ansible_user: bySudo.name,
        ansible_become: true,
        ansible_ssh_private_key_file: locked,
      },
      'by-openssh': {
        ...at,
        ansible_user: bySudo.name,
        ansible_become: true,
        ansible_ssh_private_key_file: world.keys.ed25519.file,
        twlint_transport: 'openssh',
      },
    };
    const vars = { ...VARIABLES, ansible_become_pass: "{{ lookup('env', 'BECOME') }}" };
    writeFileSync(join(folder, 'hosts.json'), JSON.stringify({ all: { hosts, vars } }));
    writeFileSync(join(folder, 'known_hosts'), `${sshd.hostKeyLines.join('\n')}\n`);
  }

  interface Ran {
    status: number | null;
    output: string;
    /** Command lines and environments of processes, while it ran, that held a canary. */
    seen: string[];
  }

  async function twlint(folder: string, args: string[], env: NodeJS.ProcessEnv = SECRETS): Promise<Ran> {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    let over = false;
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => {
      over = true;
    });
    const seen = new Set<string>();
    while (!over) {
      for (const line of processesWithCanary(child.pid!)) seen.add(line);
      await sleep(10);
    }
    return { status: await ended, output: Buffer.concat(chunks).toString('latin1'), seen: [...seen] };
  }

  const CONNECTING = ['-i', 'hosts.json', '--known-hosts', 'known_hosts', '-F', 'none', '--retries', '0'];

  /** Every file below a folder, without those that hold the canaries. */
  const kept = (folder: string) =>
    execFileSync('grep', ['-rlsa', CANARY, folder, '--exclude=hosts.json'], { encoding: 'utf8' });

  function nothingKept(folder: string): void {
    try {
      expect(kept(folder)).toBe('');
    } catch (error) {
      // grep's word for nothing found
      if ((error as { status?: number }).status !== 1) throw error;
    }
  }

  it('the places are read, or nothing would be proved', { timeout: 120_000 }, async () => {
    const folder = scratchFolder();
    inventoryIn(folder);
    const { output, status } = await twlint(folder, [
      'facts',
      'keepalived',
      'sysctl_boot',
      'privilege',
      ...CONNECTING,
    ]);
    expect(status).toBe(0);
    expect(output.match(/"virtual_router_id": 5/g)).toHaveLength(3);
    expect(output.match(/"user": "root"/g)).toHaveLength(2);
    expect(output).toContain('"net.ipv4.ip_forward": "1"');
  });

  it.each([
    [
      'audit',
      '--all',
      '-v',
      '-o',
      'text',
      '-o',
      'json:out.json',
      '-o',
      'sarif:out.sarif',
      '--interval',
      '1s',
    ],
    ['collect', '-o', 'snap', '-v'],
    ['facts', '-v'],
    ['fix'],
    ['doctor', '-v'],
    ['trace', '--src', '192.0.2.1', '--dst', '192.0.2.9', '--dport', '80'],
    ['audit', '--print-script'],
  ])('none is in what %s says, keeps or starts', { timeout: 180_000 }, async (...args) => {
    const folder = scratchFolder();
    inventoryIn(folder);
    const { status, output, seen } = await twlint(folder, [...args, ...CONNECTING]);
    expect(status).not.toBeNull();
    expect(output).not.toMatch(/^ +at .*\.js/m);
    expect(output).not.toContain(CANARY);
    expect(seen).toEqual([]);
    nothingKept(folder);
  });

  it.each([['--list'], ['--graph'], ['--host', 'by-key']])(
    'none is in what inventory %s shows',
    { timeout: 60_000 },
    async (...args) => {
      const folder = scratchFolder();
      inventoryIn(folder);
      const { output, status } = await twlint(folder, ['inventory', ...args, '-i', 'hosts.json']);
      expect(status).toBe(0);
      expect(output).not.toContain(CANARY);
    },
  );

  it('none is in what a refused login says', { timeout: 120_000 }, async () => {
    const folder = scratchFolder();
    inventoryIn(folder);
    const wrong = Object.fromEntries(
      Object.entries(SECRETS).map(([name, value]) => [name, `${value}-wrong`]),
    );
    const args = ['audit', '-v', '--retry-file', 'retry', '-o', 'sarif:out.sarif', '-o', 'text'];
    const { output, status, seen } = await twlint(folder, [...args, ...CONNECTING], wrong);
    expect(output).toMatch(/by-password.*\n +unreachable: /);
    expect(output).toMatch(/by-key.*\n +unreachable: .*TWLINT_SSH_PASSPHRASE/s);
    expect(output).toMatch(/1 incorrect password attempt/);
    expect([output.includes(CANARY), status, seen]).toEqual([false, 3, []]);
    expect(readFileSync(join(folder, 'retry'), 'utf8')).toBe('by-password\nby-key\n');
    nothingKept(folder);
  });

  it('a password in an inventory is refused, and not repeated', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    for (const name of [
      'ansible_password',
      'ansible_ssh_pass',
      'ansible_become_pass',
      'ansible_become_password',
    ])
      for (const file of [`all: {hosts: {a: {${name}: ${canary(name)}}}}`, `a ${name}=${canary(name)}\n`]) {
        writeFileSync(join(folder, 'hosts'), file);
        const { output, status } = await twlint(folder, ['audit', '-i', 'hosts']);
        expect(output).toMatch(/a password does not belong in a file/);
        expect([output.includes(CANARY), status]).toEqual([false, 2]);
      }
  });

  it('programs that are started do not inherit any', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const program = join(folder, 'inventory.sh');
    writeFileSync(
      program,
      `#!/bin/sh\nenv >${folder}/env\necho '{"all": {"hosts": ["a"]}, "_meta": {"hostvars": {}}}'\n`,
    );
    chmodSync(program, 0o755);
    const { status } = await twlint(folder, ['inventory', '-i', './inventory.sh']);
    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'env'), 'utf8')).toMatch(/^PATH=/m);
    nothingKept(folder);
  });
});

const SECRETS = {
  TWLINT_SSH_PASSWORD: canary('ssh'),
  TWLINT_BECOME_PASSWORD: canary('sudo'),
  TWLINT_SSH_PASSPHRASE: canary('passphrase-of-key'),
};

/** Of all processes of this machine, which is both sides; but for twlint's own environment, and ours. */
function processesWithCanary(twlint: number): string[] {
  const own = new Set([process.pid, twlint].map((pid) => readProc(`/proc/${pid}/cmdline`)));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const cmdline = readProc(`/proc/${pid}/cmdline`);
    // a child of twlint's is twlint until it has become another program
    const texts = own.has(cmdline) ? [cmdline] : [cmdline, readProc(`/proc/${pid}/environ`)];
    return texts
      .filter((text) => text.includes(CANARY))
      .map((text) => `${pid}: ${text.replaceAll('\0', ' ')}`);
  });
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // it has ended
    return '';
  }
}
