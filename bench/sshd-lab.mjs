// One sshd that is many hosts: it answers on each address of 127.7.0.0/16, in namespaces and a cgroup of its own. Needs root.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCgroup } from './cgroup.mjs';

/** A host of its own, without anything of this one's network, names and processes. */
const WITHIN = ['--fork', '--kill-child', '--pid', '--mount', '--mount-proc', '--net', '--uts'];

/** root has a plain shell and an empty home there, so that no .bashrc is a part of what is measured. */
const INIT = `set -e
echo $$ >"$2"
mount -t tmpfs none /run
mkdir -p /run/sshd /run/netns
sed "s,^root:x:0:0:root:.*,root:x:0:0:root:$1/home:/bin/sh," /etc/passwd >"$1/passwd"
mount --bind "$1/passwd" /etc/passwd
ip link set lo up
exec "$3" -D -f "$1/sshd_config" -E "$1/sshd.log"`;

/**
 * Starts it.
 *
 * @param folder an empty one, for keys and settings; it stays until who made it removes it
 * @returns the addresses, the client's files, the cgroup, and how a command is run where the addresses are
 */
export async function startLab(folder, count) {
  const addresses = Array.from({ length: count }, (_, i) => `127.7.${(i + 1) >> 8}.${(i + 1) & 255}`);
  const file = (name, text) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  for (const name of ['host', 'key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  chmodSync(folder, 0o755);
  copyFileSync(join(folder, 'key.pub'), join(folder, 'authorized'));
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const key = join(folder, 'key');
  const known = file('known_hosts', addresses.map((address) => `${address} ${hostKey}\n`).join(''));
  // the key exchange that ssh2 has, too
  const config = file(
    'ssh_config',
    `Host *
  User root
  IdentityFile ${key}
  IdentitiesOnly yes
  UserKnownHostsFile ${known}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
  LogLevel ERROR
`,
  );
  file(
    'sshd_config',
    `ListenAddress 0.0.0.0
HostKey ${join(folder, 'host')}
PidFile none
UsePAM no
MaxStartups 1000
AuthorizedKeysFile ${join(folder, 'authorized')}
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
PrintMotd no
PrintLastLog no
`,
  );
  const cgroup = makeCgroup('twlint-bench-hosts');
  const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path)) ?? 'sshd';
  const child = spawn('unshare', [...WITHIN, 'sh', '-c', INIT, 'sh', folder, cgroup.procs, sshd], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(child, 'exit');
  const lab = {
    addresses,
    hostKey: hostKey.split(' ')[1],
    key,
    known,
    config,
    cgroup,
    /** The words that run a command in its network. */
    inside: [],
    /** Ends all of it. */
    async end() {
      child.kill('SIGKILL');
      await ended;
      while (cgroup.size() > 0) await sleep(20);
      cgroup.remove();
    },
  };
  try {
    await listening(child, () => said);
  } catch (error) {
    await lab.end();
    throw error;
  }
  lab.inside = ['nsenter', `--net=/proc/${initOf(child.pid)}/ns/net`];
  return lab;
}

const initOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();

/** Waits until sshd listens: 0A is LISTEN, 0016 port 22. */
async function listening(child, complaint) {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break;
    const init = initOf(child.pid);
    const sockets = init === '' ? '' : readFileSync(`/proc/${init}/net/tcp`, 'utf8');
    if (/ 00000000:0016 00000000:0000 0A /.test(sockets)) return;
    await sleep(50);
  }
  throw new Error(`sshd does not listen: ${complaint() || 'it says nothing'}`);
}
