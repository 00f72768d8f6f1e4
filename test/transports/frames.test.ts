import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collecting, readFrames } from '../../src/transports/script/frames.ts';

const B = 'twlint-0123456789abcdef';
const LIMIT = 1 << 20;

/** What the prelude's `ask` prints. */
const frame = (probe: string, namespace: string, output: string, status = 0, why = '') =>
  `\n${B} < ${probe} ${namespace}\n${output}\n${B} ! ${status}\n${why}\n${B} >\n`;
const END = `\n${B} .\n`;

/** Hostile, but written without knowing the boundary. */
const content = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '',
      '\n',
      '\n\n',
      `${B.slice(0, -1)} < x -\n`,
      '\ntwlint-ffff < nat.rules -\n',
      'a\r\nb',
      '\u0000',
    ),
  )
  .map((text) => Buffer.from(text).toString())
  .filter((text) => !text.includes(B));

const answers = fc.array(
  fc.record({
    probe: fc.stringMatching(/^[a-z]{1,8}\.[a-z]{1,8}$/),
    namespace: fc.constantFrom('-', '4026531840'),
    content,
  }),
  { maxLength: 12 },
);

function inChunks(text: string, cuts: number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
}

describe('frames', () => {
  it('come out as they went in, however the output is cut', () => {
    fc.assert(
      fc.property(answers, content, fc.array(fc.nat(), { maxLength: 30 }), (asked, noise, cuts) => {
        const text = noise + asked.map((it) => frame(it.probe, it.namespace, it.content)).join('') + END;
        const reader = collecting(B, LIMIT);
        const said = inChunks(text, cuts).map((chunk) => reader.take(chunk));
        expect(said.at(-1)).toBe('stop');
        const read = readFrames(reader.output(), B);
        expect(read.complete).toBe(true);
        expect(read.unfinished).toBeNull();
        expect(read.frames).toEqual(
          asked.map((it) => ({
            probe: it.probe,
            namespace: it.namespace === '-' ? null : it.namespace,
            answer: { ok: true, value: it.content },
          })),
        );
      }),
    );
  });

  it('that were cut off are told, and those before them are kept', () => {
    const whole = frame('kernel.release', '-', '3.10.0');
    const text = whole + frame('nat.legacy', '4026531840', 'x'.repeat(50)) + END;
    fc.assert(
      fc.property(fc.nat(text.length - 1), (limit) => {
        const reader = collecting(B, limit);
        expect(reader.take(Buffer.from(text))).toBe('stop');
        expect(reader.truncated()).toBe(true);
        const read = readFrames(reader.output(), B);
        expect(read.complete).toBe(false);
        expect(read.frames.length).toBe(
          limit >= text.length - END.length ? 2 : limit >= whole.length ? 1 : 0,
        );
      }),
    );
  });

  it('name the answer that had begun', () => {
    const text = `${frame('a.b', '-', '')}\n${B} < nat.legacy 4026531840\n*nat\n`;
    expect(readFrames(Buffer.from(text), B).unfinished).toEqual({
      probe: 'nat.legacy',
      namespace: '4026531840',
    });
  });

  it('leave what a chatty shell says aside', () => {
    const read = readFrames(Buffer.from(`This account is currently not available.\n`), B);
    expect(read).toEqual({
      frames: [],
      unfinished: null,
      complete: false,
      noise: 'This account is currently not available.',
    });
  });

  it.each([
    [210, '', 'absent', 'not there'],
    [210, 'no IPVS here', 'absent', 'no IPVS here'],
    [211, '', 'denied', 'permission denied'],
    [212, 'nft is not installed', 'unsupported', 'nft is not installed'],
    [124, '', 'timeout', 'gave no answer within 20 s'],
    [127, 'sh: 1: foo: not found', 'unsupported', 'sh: 1: foo: not found'],
    [
      1,
      'cat: /proc/net/ip_vs: No such file or directory',
      'absent',
      'cat: /proc/net/ip_vs: No such file or directory',
    ],
    [1, 'cat: /proc/net/ip_vs: Permission denied', 'denied', 'cat: /proc/net/ip_vs: Permission denied'],
    [4, "can't initialize iptables table `nat': Permission denied (you must be root)", 'denied', undefined],
    [3, '', 'failed', 'ended with status 3'],
    [1, 'first line\nsecond line', 'failed', 'first line'],
  ])('status %i with %j is %s', (status, why, problem, reason) => {
    const { frames } = readFrames(Buffer.from(frame('a.b', '-', 'whatever', status, why) + END), B);
    expect(frames[0]!.answer).toEqual({ ok: false, problem, reason: reason ?? why });
  });

  it('status 213 names the program that is not installed, apart from the reason for people', () => {
    const said = 'nft neither nft nor iptables-nft-save is installed';
    const { frames } = readFrames(Buffer.from(frame('a.b', '-', '', 213, said) + END), B);
    const reason = 'neither nft nor iptables-nft-save is installed';
    expect(frames[0]!.answer).toEqual({ ok: false, problem: 'unsupported', reason, program: 'nft' });
  });
});

describe('a host that knows the boundary', () => {
  const read = (text: string) => readFrames(Buffer.from(text), B);

  it.each(['../../etc', '4026531840/..', '\u0000', '', 'a'.repeat(1000), '9'.repeat(21)])(
    'names no namespace %j',
    (name) => {
      expect(read(`${frame('p.a', name, 'x')}${frame('p.b', '-', 'y')}${END}`).frames).toEqual([
        { probe: 'p.b', namespace: null, answer: { ok: true, value: 'y' } },
      ]);
    },
  );

  it('is read no further than people will look', () => {
    const { frames, noise } = read(
      `${'n'.repeat(100_000)}${frame('p.a', '-', '', 1, 'why '.repeat(50_000))}`,
    );
    expect(noise.length).toBeLessThan(5000);
    expect(frames[0]!.answer).toMatchObject({ ok: false, reason: expect.stringMatching(/^.{1,300}$/) });
  });

  it('makes no more of many small pieces than they hold', () => {
    const collector = collecting(B, LIMIT);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 500_000; i++) collector.take(Buffer.from('x'));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    expect(collector.output().length).toBe(500_000);
  });
});
