import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { remarked } from '../../src/media/archive/whole.ts';
import { withoutRemark } from '../../src/network/unseen.ts';
import { describeWhere } from '../needs.ts';

const TICKET = join(import.meta.dirname, 'archives/ticket');
const pasted = (path: string) => readFileSync(join(TICKET, path), 'utf8');
const lines = (text: string, keep: (line: string) => boolean) => text.split('\n').filter(keep).join('\n');
const SYSCTL = pasted('m1/sysctl-a.txt');
const ADDRESSES = pasted('m1/ip-addr.txt');
const SOCKETS = pasted('m1/ss-tan.txt');

it.each([
  ['sysctl', SYSCTL],
  ['sysctl', pasted('s2/netns-master/sysctl-a.txt')],
  ['ip address', ADDRESSES],
  ['sockets', SOCKETS],
  ['ip rule', '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n'],
  ['processes', 'USER         PID %CPU COMMAND\nroot           1  0.0 /sbin/init\n'],
  ['processes', '    PID TTY          TIME CMD\n      1 ?        00:00:01 systemd\n'],
] as const)('%s as its command prints it is whole', (kind, text) => {
  expect(remarked(kind, text)).toBe(text);
});

it.each([
  ['sysctl', 'grep', lines(SYSCTL, (line) => line.includes('rp_filter')), 'not all of sysctl -a'],
  ['sysctl', 'grep net', lines(SYSCTL, (line) => line.includes('net')), 'not all of sysctl -a'],
  ['sysctl', 'head', SYSCTL.slice(0, SYSCTL.length / 2), 'not all of sysctl -a'],
  ['sysctl', 'tail', SYSCTL.slice(SYSCTL.length / 2), 'not all of sysctl -a'],
  ['ip address', 'one interface', ADDRESSES.slice(ADDRESSES.indexOf('\n2: ') + 1), 'there is no lo'],
  ['ip address', '-4', lines(ADDRESSES, (line) => !line.includes(' link/')), 'of IPv6 were not pasted'],
  [
    'ip address',
    'head',
    ADDRESSES.slice(0, ADDRESSES.indexOf('\n', ADDRESSES.indexOf('\n2: ') + 1) + 1),
    'ends with',
  ],
  [
    'ip_vs',
    'head',
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n',
    'ends above',
  ],
  ['sockets', 'UDP', lines(SOCKETS, (line) => !line.startsWith('LISTEN')), 'no TCP socket that listens'],
  ['ip rule', 'grep', '100:\tfrom all fwmark 0x1 lookup 100\n', 'looks up no table local'],
  ['processes', 'of one user', 'USER PID COMMAND\nweb 914 nginx\n', 'there is no process 1'],
] as const)('%s (%s) is a part, and its lines stay where they are', (kind, _how, text, reason) => {
  const { text: listing, unseen } = withoutRemark(remarked(kind, text));
  expect(unseen).toContain(reason);
  expect(listing.trimEnd()).toBe(text.trimEnd());
});

describeWhere({ root: true, programs: ['sysctl', 'ip', 'unshare'] }, 'on this kernel', () => {
  const asked = (command: string, ...args: string[]) =>
    execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });

  it.each([
    ['the host', [] as string[]],
    ['a namespace of its own', ['unshare', '-n']],
  ])('sysctl -a and ip address of %s are whole', (_, inside) => {
    const [sysctl, address] = [
      [...inside, 'sysctl', '-a'],
      [...inside, 'ip', 'address'],
    ].map(([command = '', ...args]) => asked(command, ...args)) as [string, string];
    expect(remarked('sysctl', sysctl)).toBe(sysctl);
    expect(remarked('ip address', address)).toBe(address);
  });
});
