/** Whatever a host does, it is held to its bounds, and told by name. */
import type ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { type Answer, end, FORBIDDEN, frame, host, run, says } from './hostile-host.ts';

/** Writes the same for ever, as fast as it is taken. */
const forEver =
  (
    start: (boundary: string) => string,
    chunk: Buffer,
    to: (channel: ssh2.ServerChannel) => NodeJS.WritableStream,
  ): Answer =>
  (channel, boundary) => {
    channel.write(start(boundary));
    const stream = to(channel);
    const more = () => {
      while (stream.writable && stream.write(chunk));
    };
    stream.on('drain', more).on('error', () => {});
    more();
  };

const LINE = Buffer.alloc(32_768, 'y');

it.each<[string, Answer, RegExp]>([
  [
    'a line of 1 GB',
    forEver(
      (b) => `${host(b)}\n${b} < nat.legacy 4026531956\n`,
      LINE,
      (channel) => channel,
    ),
    /it answered with more than 64 MiB/,
  ],
  [
    'endless noise',
    forEver(
      () => '',
      LINE,
      (channel) => channel,
    ),
    /bad.*\n +truncated: it answered with more than 64 MiB/,
  ],
  [
    'endless standard error',
    forEver(host, LINE, (channel) => channel.stderr as unknown as NodeJS.WritableStream),
    /timeout: it was not done within 5 s/,
  ],
  ['silence', () => {}, /bad.*\n +timeout: it was not done within 5 s/],
  [
    'a trickle',
    (channel, boundary) => {
      channel.write(host(boundary));
      const timer = setInterval(() => channel.write('y'), 1);
      channel.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer));
    },
    /it was not done within 5 s/,
  ],
  ['an end without a frame', says(() => 'hello\n'), /bad.*\n +failed: .*said "hello"/],
  ['63 MiB of empty lines', says(() => '\n'.repeat(63 * 2 ** 20)), /bad.*\n +failed: .*without a word/],
  [
    'an end of the connection',
    (channel, boundary, connection) => {
      channel.write(host(boundary));
      setTimeout(() => connection.end(), 50);
    },
    /the host closed the connection/,
  ],
  [
    'frames with a guessed boundary',
    says((b) => `${host('twlint-0123456789abcdef0123456789abcdef')}${end(b)}`),
    /the script gave no answer to this/,
  ],
  [
    'thousands of namespaces',
    says(
      (b) =>
        `${host(b, Array.from({ length: 5000 }, (_, i) => `netns ${4026532000 + i} /proc/${i}/ns/net -\n`).join(''))}${end(b)}`,
    ),
    /failed: none of its answers is believed: it answered for more than 258\s+network\s+namespaces/,
  ],
  [
    'a million frames',
    says(
      (b) =>
        `${host(b)}${Array.from({ length: 300_000 }, (_, i) => frame(b, `nat.x${i}`, '-', '')).join('')}${end(b)}`,
    ),
    /none of its answers is believed: it answered "nat\.x0", which was not\s+asked/,
  ],
  [
    'JSON that is nested without end',
    says(
      (b) =>
        `${host(b)}${frame(b, 'nat.nftables', '4026531956', `{"nftables": ${'[{"a":'.repeat(200_000)}`)}${end(b)}`,
    ),
    /fact nat.*\n +(?:unparsable|failed): /,
  ],
  [
    'a ruleset of 100,000 chains',
    says(
      (b) =>
        `${host(b)}${['legacy6', 'nft', 'nft6', 'nftables', 'ipset'].map((name) => frame(b, `nat.${name}`, '4026531956', '', 210)).join('')}${frame(
          b,
          'nat.legacy',
          '4026531956',
          [
            '*nat',
            ':POSTROUTING ACCEPT [0:0]',
            ...Array.from({ length: 100_000 }, (_, i) => `:C${i} - [0:0]`),
            '-A POSTROUTING -j C0',
            ...Array.from({ length: 99_999 }, (_, i) => `-A C${i} -j C${i + 1}`),
            'COMMIT',
          ].join('\n'),
        )}${end(b)}`,
    ),
    /Could not be looked at/,
  ],
  [
    'huge numbers',
    says(
      (b) =>
        `${host(b)}${frame(b, 'counters.netstat', '4026531956', `TcpExt: A\nTcpExt: ${'9'.repeat(200_000)}`)}${frame(b, 'counters.snmp', '4026531956', 'Ip: A\nIp: 1')}${frame(b, 'counters.uptime', '4026531956', '1 1')}${end(b)}`,
    ),
    /fact counters/,
  ],
])('%s', { timeout: 120_000 }, async (_, answer, told) => {
  const timeout = told.source.includes('within 5 s') ? '5s' : '60s';
  const ran = await run(answer, ['audit', '--host-timeout', timeout, '--retries', '0', '--all']);
  expect(ran.stderr).not.toMatch(/^ +at /m);
  expect(ran.stdout).toMatch(told);
  expect(ran.stdout).toMatch(/\bbad\b/);
  expect(ran.stdout).not.toMatch(FORBIDDEN);
  expect(ran.status).toBe(3);
  expect(ran.memory).toBeLessThan(600);
  expect(ran.seconds).toBeLessThan(90);
});
