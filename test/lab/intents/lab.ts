/** Four namespaces that are looked at as four hosts, and what their kernels are seen to do: see `cases.yaml`. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PROGRAM } from '../../twlint.ts';

const ROLES = ['web', 'lb', 'by', 'db'] as const;
export type Role = (typeof ROLES)[number];

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const env = { ...process.env, PATH };
const nameOf = (role: Role) => `twi-${process.pid}-${role}`;
const sh = (script: string) => execFileSync('sh', ['-ec', script], { env, encoding: 'utf8' });

export function closeLab(): void {
  sh(ROLES.map((role) => `ip netns del ${nameOf(role)} 2>/dev/null || :`).join('\n'));
}

const LINKS: [Role, string, string, Role, string, string][] = [
  ['web', 'up0', '10.71.0.7', 'lb', 'in0', '10.71.0.1'],
  ['web', 'up1', '10.73.0.7', 'by', 'in0', '10.73.0.1'],
  ['db', 'e0', '10.72.0.5', 'lb', 'out0', '10.72.0.1'],
  ['db', 'e1', '10.74.0.5', 'by', 'out0', '10.74.0.1'],
];

const TABLES = `
  add table ip filter
  add chain ip filter input { type filter hook input priority 0; }
  add chain ip filter forward { type filter hook forward priority 0; }
  add table ip nat
  add chain ip nat postrouting { type nat hook postrouting priority 100; }`;

/** Makes the namespaces anew, and runs scripts in some of them. */
export function openLab(...scripts: Partial<Record<Role, string>>[]): void {
  closeLab();
  for (const role of ROLES)
    sh(`ip netns add ${nameOf(role)}; ip -n ${nameOf(role)} link set lo up
      ip netns exec ${nameOf(role)} sysctl -qw net.ipv4.ip_forward=1 \\
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0`);
  for (const [a, deviceA, addressA, b, deviceB, addressB] of LINKS)
    sh(`ip link add ${deviceA} netns ${nameOf(a)} type veth peer name ${deviceB} netns ${nameOf(b)}
      ip -n ${nameOf(a)} addr add ${addressA}/24 dev ${deviceA}; ip -n ${nameOf(a)} link set ${deviceA} up
      ip -n ${nameOf(b)} addr add ${addressB}/24 dev ${deviceB}; ip -n ${nameOf(b)} link set ${deviceB} up`);
  within('web', 'ip route add default via 10.71.0.1');
  within('by', 'ip route add 10.72.0.5 via 10.74.0.5');
  within('db', 'ip route add 10.73.0.0/24 via 10.74.0.1; ip route add default via 10.72.0.1');
  for (const role of ['lb', 'db'] as const) within(role, `nft -f - <<"NFT"${TABLES}\nNFT`);
  for (const one of scripts) for (const role of ROLES) if (one[role] !== undefined) within(role, one[role]);
}

const within = (role: Role, script: string) =>
  execFileSync('ip', ['netns', 'exec', nameOf(role), 'sh', '-ec', script], { env, encoding: 'utf8' });

/** Collects each namespace as a host of its own; returns the snapshots. */
export function collectLab(folder: string): Promise<string[]> {
  const collect = async (role: Role) => {
    const at = join(folder, role);
    sh(`mkdir ${at}; echo 'all: { hosts: { ${role}: { ansible_connection: local } } }' >${at}/hosts.yaml`);
    const program = [
      process.execPath,
      PROGRAM,
      'collect',
      '-q',
      '-i',
      'hosts.yaml',
      '--netns',
      'init',
      '-o',
      'snap',
    ];
    await promisify(execFile)('ip', ['netns', 'exec', nameOf(role), ...program], { env, cwd: at });
    return join(at, 'snap');
  };
  return Promise.all(ROLES.map(collect));
}

/** What is seen where web connects to the database four times. */
export interface Observed {
  connects: string;
  sources: string;
  devices: string;
  clocks: 'one' | 'several';
}

interface Syn {
  source: string;
  device: string;
  tsval: number;
  at: number;
}

/** @param listening what is done while the database listens, before web connects */
export async function observeLab<T>(listening: () => Promise<T>): Promise<{ observed: Observed; result: T }> {
  const script = (name: string) => join(import.meta.dirname, name);
  const server = spawn('ip', ['netns', 'exec', nameOf('db'), 'python3', script('syns.py')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((end) => server.on('close', end));
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  await lines.next();
  const result = await listening();
  const connects = within('web', `python3 ${script('connect.py')} 10.72.0.5`).trim();
  server.stdin.end();
  await ended;
  const syns: Syn[] = [];
  for await (const line of lines) syns.push(JSON.parse(line));
  const distinct = (values: string[]) => [...new Set(values)].sort().join(' ');
  const observed: Observed = {
    connects,
    sources: distinct(syns.map(({ source }) => source)),
    devices: distinct(syns.map(({ device }) => device)),
    clocks: clocksOf(syns),
  };
  return { observed, result };
}

/** One clock counts milliseconds (net/ipv4/tcp.h, tcp_clock_ms), so that its distance from ours stays the same. */
function clocksOf(syns: readonly Syn[]): Observed['clocks'] {
  const offsets = syns.map(({ tsval, at }) => (((tsval - at) % 2 ** 32) + 2 ** 32) % 2 ** 32);
  return Math.max(...offsets) - Math.min(...offsets) > 10_000 ? 'several' : 'one';
}
