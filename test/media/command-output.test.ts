import { expect, it } from 'vitest';
import {
  listening,
  ofFamily,
  ofUname,
  ofUptime,
  withoutKeys,
} from '../../src/media/archive/command-output.ts';

it.each([
  [' 18:44:26 up 10 min,  0 user,  load average: 1.64, 1.73, 0.97', '600.00 0.00\n'],
  [' 09:01:02 up  3:07,  2 users,  load average: 0.00, 0.01, 0.05', '11220.00 0.00\n'],
  [' 09:01:02 up 1 day, 21:07,  1 user,  load average: 0.00, 0.01, 0.05', '162420.00 0.00\n'],
  [' 09:01:02 up 412 days, 5 min,  3 users,  load average: 0.1, 0.1, 0.1', '35597100.00 0.00\n'],
  ['350735.47 234388.90\n', '350735.47 234388.90\n'],
  ['bash: uptime: command not found', null],
])('uptime %j is %j', (text, seconds) => {
  expect(ofUptime(text)).toBe(seconds);
});

it.each([
  [
    'Linux s2 3.10.0-514.el7.x86_64 #1 SMP Tue Nov 22 16:42:41 UTC 2016 x86_64 x86_64 x86_64 GNU/Linux',
    'x86_64',
  ],
  ['Linux vm 6.18.44 #1 SMP PREEMPT_DYNAMIC @0 aarch64 GNU/Linux', 'aarch64'],
  ['Linux', null],
])('machine of %j is %j', (text, machine) => {
  expect(ofUname(text, 'machine')).toBe(machine);
});

const MIXED = `default via 10.0.2.2 dev eth0
local 10.0.2.15 dev eth0 table local proto kernel scope host src 10.0.2.15
unreachable ::/96 dev lo metric 1024 error -101
default dev wg0 metric 1024 pref medium
`;

it('keeps the routes of a family on their lines', () => {
  expect(ofFamily(MIXED, 4).split('\n')).toEqual([...MIXED.split('\n').slice(0, 2), '', '', '']);
  expect(ofFamily(MIXED, 6).split('\n')).toEqual(['', '', ...MIXED.split('\n').slice(2)]);
});

it('keeps listening sockets alone', () => {
  const text = `  sl  local_address rem_address   st
   0: 00000000:1538 00000000:0000 0A 00000000:00000000
   1: 0F02000A:0016 0202000A:BA6A 01 00000000:00000000
`;
  expect(listening(text)).toBe('\n   0: 00000000:1538 00000000:0000 0A 00000000:00000000\n\n');
});

it('leaves secrets out', () => {
  expect(withoutKeys('net.ipv4.tcp_fastopen_key = 1-2\nnet.ipv4.ip_forward = 1\n')).toBe(
    '\nnet.ipv4.ip_forward = 1\n',
  );
});
