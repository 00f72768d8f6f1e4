import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collecting, readFrames } from '../../src/transports/script/frames.ts';

const B = 'twlint-0123456789abcdef';
const LIMIT = 1 << 20;

/** What the prelude's `ask` prints. */
const frame = (probe: string, namespace: string, output: string, status = 0, why = '') =>
  `\n${B} < ${probe} ${namespace}\n${output}\n${B} ! ${status}\n${why}\n${B} >\n`;
const END = `\n${B} .\n`;
const HEARTBEAT = `${B} ~\n`;

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

const answers = fc.uniqueArray(
  fc.record({
    probe: fc.stringMatching(/^[a-z]{1,8}\.[a-z]{1,8}$/),
    namespace: fc.constantFrom('-', '4026531840'),
    content,
  }),
  { maxLength: 12, selector: ({ probe, namespace }) => `${probe} ${namespace}` },
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
        expect(read.frames.map(({ end: _, ...one }) => one)).toEqual(
          asked.map((it) => ({
            probe: it.probe,
            namespace: it.namespace === '-' ? null : it.namespace,
            answer: { ok: true, value: it.content },
          })),
        );
      }),
    );
  });

  it('hold what was said, wherever the heart beats in it', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(), { maxLength: 10 }), (asked, cuts) => {
        const frames = asked.map((it) => frame(it.probe, it.namespace, it.content));
        const marks = new RegExp(`(?<=\n)(${B} [^\n]*\n)`);
        // the line of a mark is written in one piece; of the rest, no one knows in how many
        const pieces = (frames.join('') + END).split(marks).flatMap((part, n) => {
          const at = n % 2 === 1 ? [] : cuts.map((cut) => cut % (Buffer.byteLength(part) + 1));
          const bytes = Buffer.from(part);
          const ends = [...at.sort((a, b) => a - b), bytes.length];
          return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        });
        const beats = pieces.flatMap((piece) => [piece, Buffer.from(HEARTBEAT)]);
        const read = (output: Buffer[]) => {
          const { frames: all, ...rest } = readFrames(Buffer.concat(output), B);
          return { ...rest, frames: all.map(({ end: _, ...one }) => one) };
        };
        expect(read(beats)).toEqual(read(pieces));
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
      forged: null,
      noise: 'This account is currently not available.',
    });
  });

  it.each([
    [210, '', 'absent', 'not there'],
    [210, 'no IPVS here', 'absent', 'no IPVS here'],
    [211, '', 'denied', 'permission denied'],
    [212, 'nft is not installed', 'unsupported', 'nft is not installed'],
    [124, '', 'timeout', 'gave no answer within 20 s, or a quarter of what --host-timeout left'],
    [214, '', 'timeout', 'not asked, since the time for this host was up (--host-timeout)'],
    [127, 'sh: 1: foo: not found', 'unsupported', 'sh: 1: foo: not found'],
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

describe('a tool that says why it failed', () => {
  it.each([
    [1, 'nft: error while loading shared libraries: libnftables.so.1: No such file or directory'],
    [1, 'iptables-legacy-save: cannot open /proc/net/ip_tables_names: No such file or directory'],
    [255, 'Error: Could not process rule: No such file or directory'],
    [3, "iptables: can't initialize iptables table `nat': Table does not exist (do you need to insmod?)"],
    [255, 'RTNETLINK answers: Operation not supported'],
    [1, 'Cannot open netlink socket: Protocol not supported'],
    [1, 'socket: Address family not supported by protocol'],
    [126, 'sh: 1: nft: Exec format error'],
    [127, 'sh: 1: nft: not found'],
    [137, ''],
  ])('status %i with %j is never believed to mean that there is nothing', (status, why) => {
    const { frames } = readFrames(Buffer.from(frame('nat.nftables', '-', '', status, why) + END), B);
    const problem = status === 127 ? 'unsupported' : 'failed';
    expect(frames[0]!.answer).toMatchObject({ ok: false, problem });
  });
});

describe('a host that knows the boundary', () => {
  const read = (text: string) => readFrames(Buffer.from(text), B);

  it.each(['../../etc', '4026531840/..', '\u0000', '', 'a'.repeat(1000), '9'.repeat(21)])(
    'names no namespace %j',
    (name) => {
      const { frames, forged } = read(`${frame('p.a', name, 'x')}${frame('p.b', '-', 'y')}${END}`);
      expect(frames).toEqual([]);
      expect(forged).toMatch(/^the frame "p\.a.*" names what is no namespace$/);
    },
  );

  const a = frame('p.a', '-', 'x');
  const begun = `\n${B} < p.b -\nhalf`;
  it.each([
    ['again', a + frame('p.b', '-', '') + a + END, 'the frame "p.a -" came twice'],
    ['inside of another', begun + a + END, 'the frame "p.b -" was not ended before the next one'],
    ['in one that never ends', begun + END, 'the frame "p.b -" was not ended before the end'],
    ['after the end', END + a, 'the frame "p.a -" came after the end'],
    [
      'without a beginning',
      `${a}x\n${B} ! 0\n\n${B} >\n${END}`,
      'the frame "0" has a status that belongs nowhere',
    ],
    ['with two ends', `${a}\n${B} >\n${END}`, 'the frame "" has an end that belongs nowhere'],
    [
      'with two statuses',
      a.replace(`\n${B} >`, `\n${B} ! 0\n$&`),
      'the frame "p.a -" has a status that belongs nowhere',
    ],
    ['without a status', `${begun}\n${B} >\n`, 'the frame "p.b -" has an end that belongs nowhere'],
    ['with a status that is none', `${begun}\n${B} ! $?\n`, 'the frame "p.b -" has no status'],
    ['that was killed and yet is right', `${begun}\n${B} x 0\n`, 'the frame "p.b -" has no status'],
    ['of another kind', `${begun}\n${B} ? 0\n`, 'the frame "p.b -" has a line that means nothing'],
  ])('and writes a frame %s is caught', (_, text, forged) => {
    expect(read(text)).toMatchObject({ forged });
  });

  it.each([
    ['a question that was killed', `${begun}\n${B} x 124\n`, 'timeout'],
    ['one for which there was no time', `\n${B} < p.b -\n\n${B} x 214\n`, 'timeout'],
    ['one that somebody else has killed', `${begun}\n${B} x 137\n`, 'failed'],
  ])('%s is no forgery', (_, text, problem) => {
    const { frames, forged } = read(`${a}${text}\n${B} x 137\n${END}`);
    expect(forged).toBeNull();
    expect(frames[1]).toMatchObject({ probe: 'p.b', answer: { ok: false, problem } });
  });

  it('is read no further than people will look', () => {
    const { frames, noise } = read(
      `${'n'.repeat(100_000)}${frame('p.a', '-', '', 1, 'why '.repeat(50_000))}`,
    );
    expect(noise.length).toBeLessThan(5000);
    expect(frames[0]!.answer).toMatchObject({ ok: false, reason: expect.stringMatching(/^.{1,300}$/) });
  });

  it('is read once, however many boundaries begin no line', () => {
    const flood = Buffer.from(`${`${B} `.repeat(400_000)}\n`);
    expect(readFrames(flood, B)).toMatchObject({ frames: [], complete: false, forged: null });
  });

  it('makes no more of many small pieces than they hold', () => {
    const collector = collecting(B, LIMIT);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 500_000; i++) collector.take(Buffer.from('x'));
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    expect(collector.output().length).toBe(500_000);
  });
});
