// What asks the hosts of bench/sshd-lab.mjs, 32 at a time, and what each of these asks.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { planFor } from '../build/collect/plan.js';
import { collectors } from '../build/collectors/index.js';
import { collectionScript } from '../build/transports/script/script.js';

const ROOT = join(import.meta.dirname, '..');
const AT_ONCE = '32';
const ONE_FILE = 'cat /proc/sys/net/ipv4/ip_forward';

/** `sh -c` with the rest as $1 and what follows. */
const shell = (text, ...rest) => ['sh', '-c', text, 'sh', ...rest];
/** A command that reads a file on its standard input. */
const reading = (path, ...words) => shell('input=$1; shift; exec "$@" <"$input"', path, ...words);

/**
 * Returns the clients; the first is the yardstick of the others.
 *
 * @param folder the lab's, where they may write, too
 */
export function clientsOf({ addresses, key, known, config }, folder) {
  const file = (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const questions = planFor(collectors.keys(), collectors, 'all').first;
  const script = file('script', collectionScript(questions, `twlint-${'0'.repeat(32)}`));
  const hosts = file('hosts', addresses.map((address) => `${address}\n`).join(''));
  const inventory = file(
    'hosts.ini',
    addresses.map((address, i) => `h${i} ansible_host=${address} ansible_user=root\n`).join(''),
  );
  const twlint = (command, ...more) => [
    ...[process.execPath, join(ROOT, 'dist/start.js'), command, '-i', inventory, '-F', 'none', '--quiet'],
    ...['--key', key, '--known-hosts', known, '--concurrency', AT_ONCE, ...more],
  ];
  const xargs = (text) => ['xargs', '-a', hosts, '-P', AT_ONCE, '-n', '1', ...shell(text, config, script)];
  const pssh = ['parallel-ssh', '-h', hosts, '-p', AT_ONCE, '-t', '0', '-x', `-F ${config}`];
  const clush = ['clush', '-f', AT_ONCE, '-q', '-S', '--hostfile', hosts, '-o', `-F ${config}`];
  const ansible = (...more) => [
    ...['env', `ANSIBLE_SSH_ARGS=-F ${config}`, `ANSIBLE_HOME=${join(folder, 'ansible')}`],
    ...['ansible', 'all', '-i', inventory, '-f', AT_ONCE, ...more],
  ];
  // it takes half a second a host
  const some = Math.ceil(addresses.length / 5);
  return [
    {
      name: 'ssh2 alone, script',
      words: [process.execPath, join(ROOT, 'bench/bare-ssh2.mjs'), folder, script, ...addresses],
    },
    { name: 'twlint collect', words: twlint('collect', '-o', join(folder, 'evidence')) },
    { name: 'twlint audit', words: twlint('audit', '--fail-on', 'never', '--allow-incomplete') },
    { name: 'xargs ssh, script', words: xargs('exec ssh -F "$1" "$3" sh <"$2"') },
    { name: 'pssh, script', needs: PSSH, words: reading(script, ...pssh, '-I', 'sh') },
    { name: 'clush, script', needs: CLUSH, words: reading(script, ...clush, 'sh') },
    { name: 'xargs ssh, one file', words: xargs(`exec ssh -n -F "$1" "$3" ${ONE_FILE}`) },
    { name: 'pssh, one file', needs: PSSH, words: [...pssh, ONE_FILE] },
    { name: 'clush, one file', needs: CLUSH, words: [...clush, '--nostdin', ONE_FILE] },
    { name: 'ansible raw, one file', needs: ANSIBLE, words: ansible('-m', 'raw', '-a', ONE_FILE) },
    {
      name: 'ansible setup, network',
      needs: ANSIBLE,
      hosts: some,
      words: ansible('-l', `all[0:${some - 1}]`, '-m', 'setup', '-a', 'gather_subset=!all,!min,network'),
    },
  ].map((client) => ({ hosts: addresses.length, ...client }));
}

/** Programs that a machine may not have, with Debian's packages. */
const PSSH = { program: 'parallel-ssh', package: 'pssh' };
const CLUSH = { program: 'clush', package: 'clustershell' };
const ANSIBLE = { program: 'ansible', package: 'ansible-core' };
