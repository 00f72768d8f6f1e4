import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { fileIn } from '../transports/folder.ts';
import { twlint } from '../twlint.ts';
import { QUEUE_KEY } from './processes.ts';

const here = temporaryFolder('queue-options');
const hosts = fileIn(
  here,
  'hosts.ini',
  'web1\nhere ansible_connection=local\nimage ansible_connection=community.general.chroot\n',
);
const QUEUE = ['--queue', 'redis://127.0.0.1:1'];
const env = { PATH: process.env.PATH, HOME: here, TWLINT_QUEUE_KEY: QUEUE_KEY };

it.each([
  [
    ['audit', ...QUEUE, '--key', 'id'],
    /--key and --queue: it is the workers who ask hosts: give it to twlint worker/,
  ],
  [['audit', ...QUEUE, '-k'], /--ask-pass and --queue: it is the workers/],
  [['audit', ...QUEUE, '--concurrency', '8'], /--concurrency and --queue: it is the workers/],
  [['audit', ...QUEUE, '--max-failures', '3'], /--max-failures and --queue: hosts are asked by several/],
  [['audit', ...QUEUE, '--root', 'image'], /--root and --queue: an image is not asked/],
  [['audit', ...QUEUE, '-o', 'part:x'], /-o part: and --queue: workers have a part/],
  [
    ['audit', ...QUEUE],
    /hosts\.ini:2:1: --queue: here is the machine that asks, which is another one on each worker/,
  ],
  [['audit', ...QUEUE], /hosts\.ini:3:1: --queue: image is a file of the machine that looks at it/],
  [['audit', ...QUEUE, '-l', 'web1'], /--queue redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/],
  [['audit', ...QUEUE, '-l', 'web1', '--queue-prefix', 'a b'], /--queue-prefix a b: not a prefix/],
  [['audit', ...QUEUE, '-l', 'web1', '--queue-key', 'none'], /--queue-key none: /],
  [['audit', '--resume', 'x'], /--resume: it means nothing without --queue/],
  [['worker'], /which queue\? --queue is missing/],
  [['worker', ...QUEUE], /--queue redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/],
])('twlint %j is refused, with a reason', async (args, why) => {
  const { status, stderr } = await twlint(here, [args[0]!, '-i', hosts, ...args.slice(1)], { env });
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(why) });
});

it('needs a key', async () => {
  const { PATH, HOME } = env;
  const args = ['audit', '-i', hosts, '-l', 'web1', ...QUEUE];
  for (const key of [undefined, 'short']) {
    const { status, stderr } = await twlint(here, args, { env: { PATH, HOME, TWLINT_QUEUE_KEY: key } });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('openssl rand -hex 32'),
    });
  }
});
