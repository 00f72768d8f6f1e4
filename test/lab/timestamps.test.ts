/**
 * Real hosts whose clients reach a server through few source ports. Where the kernel's timestamps begin with an offset
 * for each port, the server refuses some of their SYNs; that is named, and nothing else is.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { offsetsByPort } from '../../src/network/timestamp-offsets.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

/** Each host is a client of the next one, its container in the place of it where that is behind it. */
interface Mode {
  about: string;
  /** net.ipv4.tcp_timestamps of the client. */
  timestamps: 0 | 1 | 2;
  /** Who has only a few ports: a rule, or the client itself. */
  few: 'rule' | 'client';
  behind: boolean;
  /** Whether SYNs are refused, where the kernel's offsets differ by port. */
  refuses: boolean;
}

const MODES: readonly Mode[] = [
  { about: 'no timestamps', timestamps: 0, few: 'rule', behind: false, refuses: false },
  { about: 'a client that translates', timestamps: 1, few: 'rule', behind: false, refuses: true },
  { about: 'a client behind a gateway', timestamps: 1, few: 'rule', behind: true, refuses: true },
  { about: 'no translation', timestamps: 1, few: 'client', behind: false, refuses: false },
  { about: 'timestamps without offsets', timestamps: 2, few: 'rule', behind: false, refuses: false },
];
const CLIENTS = MODES.map((mode, i) => ({ ...mode, host: i + 1, server: i + 2 }));

/** Null: a vendor's kernel, of which only its counters tell. */
const BY_PORT = offsetsByPort(release());

const PORT = 8099;

/**
 * A segment that is late on a busy machine is counted as well, also where nothing is translated: refused clients are
 * counted in hundreds, and no error is made of these.
 */
const STRAYS = 10;
const RULES = ['TW012', 'TW013', 'TW017'].flatMap((rule) => ['--rule', rule]);

const wayOf = ({ host, server, behind }: (typeof CLIENTS)[number]) =>
  `host-${host}${behind ? '/pod' : ''} > host-${server}`;

const address = (host: number) => `10.99.1.${host}`;

/** It closes first, so that TIME_WAIT is with it. */
const SERVER = `require('node:net').createServer((one) => one.on('error', () => {}).end()).listen(${PORT})`;

const clientOf = (server: number) => `
const again = () => setTimeout(() => require('node:net').connect(${PORT}, '${address(server)}')
  .on('error', () => {}).on('close', again).resume(), 15);
for (let i = 0; i < 4; i++) again();`;

const needs = {
  root: true,
  programs: ['sshd', 'ip', 'unshare', 'nsenter', 'iptables-nft', 'iptables-legacy', 'sysctl'],
} as const;

describeWhere({ ...needs, programs: [...needs.programs] }, `few ports, on Linux ${release()}`, () => {
  const lab = temporaryFolder('timestamps');
  const running: ChildProcess[] = [];
  const inLab = (...args: string[]) =>
    twlint(lab, [
      ...[...args, '-i', join(lab, 'lab.yaml'), '--known-hosts', join(lab, 'known_hosts')],
      ...['--fail-on', 'never', '--quiet'],
    ]);

  const namespaceOf = (host: number) => `${readFileSync(join(lab, 'tag'), 'utf8').trim()}${host}`;

  /** The command as a host runs it, with its own folder of named namespaces. */
  function on(host: number, ...command: string[]): string[] {
    const pids = String(run(['ip', 'netns', 'pids', namespaceOf(host)])).split('\n');
    return ['nsenter', '--mount', '--net', '--target', pids.find(runsSshd)!, ...command];
  }
  /** A process of the list may be gone by now. */
  function runsSshd(pid: string): boolean {
    const comm = `/proc/${pid}/comm`;
    return pid !== '' && spawnSync('cat', [comm], { encoding: 'utf8' }).stdout.trim() === 'sshd';
  }
  const inContainer = (host: number, ...command: string[]) =>
    on(host, 'ip', 'netns', 'exec', 'pod', ...command);

  const run = ([program, ...args]: string[]) => execFileSync(program!, args);
  const start = ([program, ...args]: string[]) =>
    running.push(spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit'] }));

  beforeAll(() => {
    execFileSync(join(import.meta.dirname, 'up.sh'), [String(MODES.length + 1), lab]);
    for (const { server } of CLIENTS) start(on(server, process.execPath, '-e', SERVER));
    for (const { host, server, timestamps, few, behind } of CLIENTS) {
      if (behind) joinContainer(host);
      const client = behind ? inContainer : on;
      run(client(host, 'sysctl', '-qw', `net.ipv4.tcp_timestamps=${timestamps}`));
      if (few === 'client') run(client(host, 'sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40063'));
      else giveFewPorts(host, server);
      start(client(host, process.execPath, '-e', clientOf(server)));
    }
  }, 60_000);
  afterAll(() => {
    for (const child of running) child.kill();
    execFileSync(join(import.meta.dirname, 'down.sh'), [lab]);
  });

  function joinContainer(host: number): void {
    const net = `10.244.${host}`;
    run(on(host, ...'ip link add veth0 type veth peer name eth0 netns pod'.split(' ')));
    run(on(host, ...'ip link set veth0 master cni0 up'.split(' ')));
    const steps = `ip addr add ${net}.2/24 dev eth0; ip link set eth0 up; ip route add default via ${net}.1`;
    run(inContainer(host, 'sh', '-ec', steps));
  }

  function giveFewPorts(host: number, server: number): void {
    const iptables = `iptables-${host % 2 === 0 ? 'nft' : 'legacy'}`;
    const match = ['-d', address(server), '-p', 'tcp', '--dport', String(PORT)];
    const target = ['-j', 'MASQUERADE', '--to-ports', '40000-40063', '--random-fully'];
    run(on(host, iptables, '-t', 'nat', '-I', 'POSTROUTING', ...match, ...target));
  }

  /** Clients whose SYNs were refused, as their servers' kernel counts: one without the counter tells of none. */
  function refused(): string[] {
    const found = CLIENTS.filter(({ server }) => {
      const netstat = run(['ip', 'netns', 'exec', namespaceOf(server), 'cat', '/proc/net/netstat']);
      const [names, values] = String(netstat).split('\n');
      return Number(values!.split(' ')[names!.split(' ').indexOf('PAWSTimewait')] ?? 0) > STRAYS;
    });
    const promised = CLIENTS.filter(({ refuses }) => refuses && BY_PORT);
    if (BY_PORT !== null) expect(found).toEqual(promised);
    return found.map(wayOf).sort();
  }

  it('an audit names the clients that are refused, and no others', { timeout: 60_000 }, async () => {
    const { stdout } = await inLab('audit', '--interval', '5s', '--format', 'json', ...RULES);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const failing = findings.filter(({ verdict }) => verdict === 'fail');
    const told = failing.filter(({ foldedInto, severity }) => foldedInto === null && severity === 'error');
    expect(told.map(({ rule }) => rule)).toEqual(told.map(() => 'TW013'));
    expect(
      told.map(({ message, host }) => `${/and (\S+) sent/.exec(message)?.[1]} > ${host}`).sort(),
    ).toEqual(refused());
    for (const { fingerprint, host, evidence } of told) {
      const explained = failing.filter(({ foldedInto }) => foldedInto === fingerprint);
      expect(explained.map((one) => `${one.rule} ${one.host}`).sort()).toEqual(
        BY_PORT ? [`TW012 ${host}`, `TW017 ${host}`] : [`TW017 ${host}`],
      );
      const lines = evidence.map(({ text }) => text).join('\n');
      expect(lines).toMatch(/PAWSTimewait \d+ → \d+/);
      expect(lines).toMatch(/TCPSynRetrans \d+ → \d+/);
      expect(lines).toContain('--to-ports 40000-40063 --random-fully');
    }
  });

  it('a watch names them, and the counters that grow together on both hosts', {
    timeout: 60_000,
  }, async () => {
    const { stdout } = await inLab('watch', '--for', '15s', '--format', 'jsonl', ...RULES);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told);
    const servers = [...new Set(refused().map((way) => way.split(' > ')[1]))];
    const began = lines.filter(
      ({ kind, state, severity }) => kind === 'finding' && state === 'began' && severity === 'error',
    );
    expect([...new Set(began.map(({ rule, host }) => `${rule} ${host}`))].sort()).toEqual(
      servers.map((host) => `TW013 ${host}`),
    );
    const joined = lines.filter(({ kind }) => kind === 'joined');
    expect([...new Set(joined.map(togetherText))].sort()).toEqual(
      refused().map((way) => `PAWSTimewait = TCPSynRetrans, ${way}`),
    );
    expect(joined.every(({ hasPath }) => hasPath)).toBe(true);
  });
});

interface Finding {
  rule: string;
  host: string;
  verdict: string;
  severity: string;
  message: string;
  fingerprint: string;
  foldedInto: string | null;
  evidence: { text: string }[];
}

/** A line of a watch. */
interface Told {
  kind: string;
  host: string;
  state?: string;
  rule?: string;
  severity?: string;
  server?: string;
  client?: string;
  clients?: { host: string; namespace: string }[];
  hasPath?: boolean;
}

function togetherText({ server, client, clients, host }: Told): string {
  const [first] = clients!;
  const name = first!.namespace === 'init' ? first!.host : `${first!.host}/${first!.namespace}`;
  return `${server} = ${client}, ${name} > ${host}`;
}
