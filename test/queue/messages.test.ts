import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Target } from '../../src/model.ts';
import { divide } from '../../src/queue/batches.ts';
import { BATCH_SIZE, decodeResult, encodeResult } from '../../src/queue/messages.ts';
import { redisPlace } from '../../src/queue/place.ts';
import { type About, keyFrom, seal, unseal } from '../../src/queue/seal.ts';

const KEY = keyFrom('0123456789abcdef0123456789abcdef', 'test');
const about = fc.oneof(
  fc.tuple(fc.constant('run' as const), fc.string()),
  fc.tuple(fc.constant('result' as const), fc.string(), fc.nat()),
) as fc.Arbitrary<About>;
const bytes = fc.uint8Array({ maxLength: 50 });

describe('a sealed message', () => {
  it('is opened with its key, in its place', () => {
    fc.assert(
      fc.property(about, bytes, (what, message) => {
        expect(unseal(KEY, what, seal(KEY, what, message))).toEqual(Buffer.from(message));
      }),
    );
  });

  it('is opened in no other place, with no other key, and with no bit changed or left out', () => {
    fc.assert(
      fc.property(about, about, bytes, fc.nat(), (what, other, message, at) => {
        const sealed = seal(KEY, what, message);
        const changed = Buffer.from(sealed);
        changed[at % sealed.length]! ^= 1 << (at % 8);
        const odd: [Buffer, About, Buffer][] = [
          [keyFrom('another key of another queue, as long', 'test'), what, sealed],
          [KEY, what, changed],
          [KEY, what, sealed.subarray(0, -1)],
        ];
        if (JSON.stringify(what) !== JSON.stringify(other)) odd.push([KEY, other, sealed]);
        for (const args of odd) expect(unseal(...args)).toBeNull();
      }),
    );
  });

  it('needs a key that nobody guesses', () => {
    expect(() => keyFrom('secret\n', '--queue-key FILE')).toThrow(UserError);
    expect(keyFrom(`${KEY}\n`, 'test')).toEqual(KEY);
  });
});

it('a result is read as it was written', () => {
  const outcome = fc.oneof(
    bytes.map((part) => ({ ok: true as const, part: Buffer.from(part) })),
    fc.string().map((reason) => ({ ok: false as const, reason })),
  );
  fc.assert(
    fc.property(fc.string(), fc.array(outcome), (worker, outcomes) => {
      expect(decodeResult(encodeResult({ worker, outcomes }))).toEqual({ worker, outcomes });
    }),
  );
});

describe('the jobs of a run', () => {
  const bastion = fc.constantFrom(null, 'a', 'b', 'me@c');
  const target = (name: string, proxyJump: string | null) =>
    ({
      host: { name },
      connection: { kind: 'ssh', ...(proxyJump !== null && { proxyJump }) },
    }) as unknown as Target;

  it('have each host once, and those behind one bastion are one job', () => {
    fc.assert(
      fc.property(fc.array(bastion, { maxLength: 200 }), (bastions) => {
        const targets = bastions.map((jump, i) => target(`h${i}`, jump));
        const jobs = divide('run', targets);
        expect(divide('run', targets)).toEqual(jobs);
        const batches = jobs.flatMap(({ batches }) => batches);
        expect(batches.map(({ number }) => number)).toEqual(batches.map((_, i) => i));
        for (const { hosts } of batches) expect(hosts.length).toBeLessThanOrEqual(BATCH_SIZE);
        const hosts = batches.flatMap((batch) => batch.hosts).sort((a, b) => a.position - b.position);
        expect(hosts).toEqual(targets.map(({ host: { name } }, position) => ({ name, position })));
        const jobsOf = (jump: string) =>
          jobs.filter((job) =>
            job.batches.some((batch) => batch.hosts.some(({ position }) => bastions[position] === jump)),
          );
        for (const jump of ['a', 'b', 'me@c']) expect(jobsOf(jump).length).toBeLessThanOrEqual(1);
        for (const job of jobs)
          expect(
            new Set(job.batches.flatMap((batch) => batch.hosts.map(({ position }) => bastions[position])))
              .size,
          ).toBe(1);
      }),
    );
  });
});

describe('the URL of a Redis', () => {
  it.each([
    ['redis://queue', { host: 'queue', port: 6379, db: 0 }, 'redis://queue'],
    [
      'redis://me:a%40b@queue:7000/3',
      { port: 7000, db: 3, username: 'me', password: 'a@b' },
      'redis://queue:7000/3',
    ],
    ['redis://me@queue', { username: 'me', password: 'of the environment' }, 'redis://queue'],
    ['rediss://queue', { tls: { servername: 'queue' } }, 'rediss://queue'],
    ['rediss://[::1]:6380', { host: '::1', port: 6380, tls: {} }, 'rediss://[::1]:6380'],
  ])('%s', (url, options, shown) => {
    const place = redisPlace(url, 'of the environment');
    expect(place.options).toMatchObject(options);
    expect(place.shown).toBe(shown);
  });

  it.each([
    'queue:6379',
    'http://queue',
    'redis://',
    'redis://queue/x',
    'redis://queue?x',
    'redis://me:hidden@queue/0/1',
  ])('%s is none, and is not quoted', (url) => {
    expect(() => redisPlace(url, null)).toThrow(/^--queue: no URL of a Redis$/);
  });
});
