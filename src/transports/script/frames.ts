import type { Answer, Problem } from '../../model.ts';
import { readTogether, TOGETHER } from './parts.ts';

/** One answer as it came over the connection. */
export interface Frame {
  probe: string;
  /** The inode of the namespace, or null for the host. */
  namespace: string | null;
  answer: Answer<string>;
  /** The number of bytes after which it was whole. */
  end: number;
}

/** A frame whose end has not come yet. */
interface Begun {
  probe: string;
  namespace: string | null;
  /** The output; null while that has not ended. */
  output: string | null;
  status: number;
}

/** The contents of a script's output. */
export interface Frames {
  /** The whole frames, in the order they came. */
  frames: Frame[];
  /** The frame that had begun and not ended. */
  unfinished: Pick<Frame, 'probe' | 'namespace'> | null;
  /** True when the script reported that it was done. */
  complete: boolean;
  /**
   * The part that the script never prints, and somebody else has: then nothing of it can be believed. null: there is
   * none.
   */
  forged: string | null;
  /** The output before the first frame: banners, a chatty .bashrc, or why no shell would run. */
  noise: string;
}

/** Takes a script's output as it arrives, and no more than `limit` bytes of it. */
export interface Collecting {
  /** Returns `stop` once the script reported that it was done, or the limit is reached. */
  take(chunk: Buffer): 'more' | 'stop';
  output(): Buffer;
  truncated(): boolean;
  /** Returns a time, of Date.now, at which so many bytes had come, and not many milliseconds before. */
  arrivalOf(bytes: number): number;
}

/** The milliseconds of output that count as one arrival. */
const ARRIVAL = 100;

export function collecting(boundary: string, limit: number): Collecting {
  const end = Buffer.from(`\n${boundary} .\n`);
  // one buffer that grows: a host that sends byte by byte would make millions of small ones
  let buffer: Buffer = Buffer.alloc(Math.min(limit, 2 ** 16));
  let size = 0;
  let truncated = false;
  const arrivals: { since: number; at: number; size: number }[] = [];
  return {
    take(chunk) {
      const taken = chunk.subarray(0, limit - size);
      buffer = withRoom(buffer, size + taken.length, limit);
      taken.copy(buffer, size);
      // the end may be split over two chunks
      const from = Math.max(0, size - end.length);
      size += taken.length;
      const at = Date.now();
      const last = arrivals.at(-1);
      if (last && at - last.since < ARRIVAL) Object.assign(last, { at, size });
      else arrivals.push({ since: at, at, size });
      truncated ||= taken.length < chunk.length;
      return truncated || buffer.subarray(from, size).includes(end) ? 'stop' : 'more';
    },
    output: () => buffer.subarray(0, size),
    truncated: () => truncated,
    arrivalOf: (bytes) => arrivals.find((one) => one.size >= bytes)?.at ?? Date.now(),
  };
}

function withRoom(buffer: Buffer, size: number, limit: number): Buffer {
  if (size <= buffer.length) return buffer;
  const larger = Buffer.alloc(Math.min(limit, Math.max(size, 2 * buffer.length)));
  buffer.copy(larger);
  return larger;
}

/** The bytes that are looked at of texts that people see in part only, and that a line with a boundary may have. */
const SHOWN = 4096;
const LONGEST_MARK = 512;

/**
 * Reads frames. Only lines that begin with the boundary, generated at random for this script, mean anything: nothing
 * written on the host beforehand can hold it. Where it leaks all the same, two write frames, and their order shows it.
 */
export function readFrames(output: Buffer, boundary: string): Frames {
  const frames: Frame[] = [];
  const seen = new Set<string>();
  let begun: Begun | null = null;
  let complete = false;
  let forged: string | null = null;
  let noise: Buffer | null = null;
  for (const { tokens, before, end } of marks(output, boundary)) {
    noise ??= before;
    const [kind = '', first = '', second = ''] = tokens;
    const name = begun === null ? `${first} ${second}`.trim() : frameName(begun);
    forged = outOfOrder(kind, begun, complete);
    if (forged === null && kind === '<') {
      begun = { probe: first, namespace: numberOf(second), output: null, status: -1 };
      if (!isNamespace(second)) forged = 'names what is no namespace';
      else if (seen.size === seen.add(frameName(begun)).size) forged = 'came twice';
    } else if (forged === null && begun !== null && (kind === '!' || kind === 'x')) {
      begun.output = before.toString('utf8');
      begun.status = Number(first);
      if (!(kind === 'x' ? KILLED : STATUS).test(first)) forged = 'has no status';
    }
    if (forged !== null) {
      forged = `the frame ${printedName(name)} ${forged}`;
      break;
    }
    if (begun !== null && (kind === '>' || kind === 'x')) {
      const stderr = kind === '>' ? before.toString('utf8', 0, SHOWN) : '';
      const { probe, namespace, status } = begun;
      // biome-ignore lint/style/noNonNullAssertion: outOfOrder takes no end before the output ended
      const frame = { probe, namespace, answer: toAnswer(begun.output!, status, stderr), end };
      const answered = probe.startsWith(TOGETHER) ? framesIn(frame) : [frame];
      const twice = answered?.find((one) => one !== frame && seen.size === seen.add(frameName(one)).size);
      if (answered === null) forged = `the frame ${printedName(name)} has no parts`;
      else if (twice) forged = `the frame ${printedName(frameName(twice))} came twice`;
      if (answered === null || twice) break;
      frames.push(...answered);
      begun = null;
    }
    complete ||= kind === '.';
  }
  const unfinished = begun && { probe: begun.probe, namespace: begun.namespace };
  const aside = (noise ?? output).toString('utf8', 0, SHOWN).trim();
  return { frames, unfinished, complete, forged, noise: aside };
}

/** Returns the answers that came together; none where that failed: then each was asked alone. null: it is no such frame. */
function framesIn({ answer, ...frame }: Frame): Frame[] | null {
  if (!answer.ok) return [];
  const parts = readTogether(answer.value);
  return parts && [...parts].map(([probe, part]) => ({ ...frame, probe, answer: part }));
}

/**
 * Returns why such a mark can't be the script's there; null: it can. `x` closes what was killed, if anything is open.
 */
function outOfOrder(kind: string, begun: Begun | null, complete: boolean): string | null {
  if (complete) return 'came after the end';
  switch (kind) {
    case '<':
      return begun === null ? null : 'was not ended before the next one';
    case '!':
      return begun?.output === null ? null : 'has a status that belongs nowhere';
    case '>':
      return begun !== null && begun.output !== null ? null : 'has an end that belongs nowhere';
    case 'x':
      return null;
    case '.':
      return begun === null ? null : 'was not ended before the end';
    default:
      return 'has a line that means nothing';
  }
}

const STATUS = /^\d{1,3}$/;
const KILLED = /^[1-9]\d{2}$/;

const frameName = ({ probe, namespace }: Pick<Frame, 'probe' | 'namespace'>) =>
  `${probe} ${namespace ?? '-'}`;
const printedName = (name: string) => JSON.stringify(name.slice(0, 80));

/**
 * Tells whether a token is an inode, or `-` for the host: anything else is no namespace, and becomes no file's name.
 */
const isNamespace = (word: string) => /^(?:-|\d{1,20})$/.test(word);
const numberOf = (word: string) => (word === '-' ? null : word);

/**
 * Yields the tokens of each line like `\nBOUNDARY < counters.netstat 4026531840\n`, and the bytes since the one before
 * it; `end` is where the next begins. Heartbeats, `BOUNDARY ~\n`, are left out, wherever they come: in the middle of
 * a line, too, and between a mark and the end of the line before it.
 */
function* marks(
  output: Buffer,
  boundary: string,
): Generator<{ tokens: string[]; before: Buffer; end: number }> {
  const word = Buffer.from(`${boundary} `);
  const beat = Buffer.from(`${boundary} ~\n`);
  let pieces: Buffer[] = [];
  let from = 0;
  for (let start = output.indexOf(word); start >= 0; start = output.indexOf(word, start)) {
    const isBeat = output.subarray(start, start + beat.length).equals(beat);
    const last = start > from ? output[start - 1] : pieces.at(-1)?.at(-1);
    if (!isBeat && last !== 0x0a) {
      start += word.length;
      continue;
    }
    const end = output.indexOf(0x0a, start + word.length);
    if (end < 0) return;
    if (start > from) pieces.push(output.subarray(from, start));
    from = end + 1;
    if (!isBeat) {
      const line = output.toString('utf8', start + word.length, Math.min(end, start + LONGEST_MARK));
      yield { tokens: line.split(' '), before: Buffer.concat(pieces).subarray(0, -1), end: from };
      pieces = [];
    }
    start = from;
  }
}

/**
 * Turns a status into an answer. 210 to 213 are the prelude's `absent`, `denied`, `unsupported` and `lacking`; 124 and
 * 214 mean that time was up, of the question and of the script; 127 is sh's. Only the script reports that a thing is
 * absent: a tool that misses a file, a library or a protocol has failed, whatever it was asked for.
 */
function toAnswer(output: string, status: number, stderr: string): Answer<string> {
  const [line = ''] = stderr.trim().split('\n');
  const reason = line.slice(0, 300);
  const none = (problem: Problem, fallback: string): Answer<string> => ({
    ok: false,
    problem,
    reason: reason || fallback,
  });
  if (status === 0) return { ok: true, value: output };
  if (status === 210) return none('absent', 'not there');
  if (status === 211) return none('denied', 'permission denied');
  if (status === 212) return none('unsupported', 'not available on this host');
  if (status === 213) return lacking(reason);
  if (status === 124)
    return none('timeout', 'gave no answer within 20 s, or a quarter of what --host-timeout left');
  if (status === 214)
    return none('timeout', 'not asked, since the time for this host was up (--host-timeout)');
  if (status === 127) return none('unsupported', 'command not found');
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) return none('denied', '');
  return none('failed', `ended with status ${status}`);
}

/** Parses `nft nft is not installed`: the program, and the reason for people. */
function lacking(message: string): Answer<string> {
  const [program = '', ...tokens] = message.split(' ');
  const reason = tokens.join(' ') || 'a program is not installed';
  return { ok: false, problem: 'unsupported', reason, program };
}
