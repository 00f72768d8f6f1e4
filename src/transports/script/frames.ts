import type { Answer, Problem } from '../../model.ts';

/** One answer as it came over the wire. */
export interface Frame {
  probe: string;
  /** Inode of the namespace, or null for the host. */
  namespace: string | null;
  answer: Answer<string>;
}

/** A frame whose end has not come yet. */
interface Begun {
  probe: string;
  namespace: string | null;
  output: string;
  status: number;
}

/** What a script's output says. */
export interface Frames {
  /** Whole frames, in the order they came. */
  frames: Frame[];
  /** The frame that had begun and not ended. */
  unfinished: Pick<Frame, 'probe' | 'namespace'> | null;
  /** The script said that it was done. */
  complete: boolean;
  /** What came before the first frame: banners, a chatty .bashrc, or why no shell would run. */
  noise: string;
}

/** Takes a script's output as it arrives, and no more than `limit` bytes of it. */
export interface Collecting {
  /** Says `stop` once the script said it was done, or the limit is reached. */
  take(chunk: Buffer): 'more' | 'stop';
  output(): Buffer;
  truncated(): boolean;
}

export function collecting(boundary: string, limit: number): Collecting {
  const end = Buffer.from(`\n${boundary} .\n`);
  // one buffer that grows: a host that sends byte by byte would make millions of small ones
  let buffer: Buffer = Buffer.alloc(Math.min(limit, 2 ** 16));
  let size = 0;
  let truncated = false;
  return {
    take(chunk) {
      const taken = chunk.subarray(0, limit - size);
      buffer = withRoom(buffer, size + taken.length, limit);
      taken.copy(buffer, size);
      // the end may be split over two chunks
      const from = Math.max(0, size - end.length);
      size += taken.length;
      truncated ||= taken.length < chunk.length;
      return truncated || buffer.subarray(from, size).includes(end) ? 'stop' : 'more';
    },
    output: () => buffer.subarray(0, size),
    truncated: () => truncated,
  };
}

function withRoom(buffer: Buffer, size: number, limit: number): Buffer {
  if (size <= buffer.length) return buffer;
  const larger = Buffer.alloc(Math.min(limit, Math.max(size, 2 * buffer.length)));
  buffer.copy(larger);
  return larger;
}

/** Bytes that are looked at of what is shown to people in part only, and that a line with a boundary may have. */
const SHOWN = 4096;
const LONGEST_MARK = 512;

/**
 * Reads frames. Only lines that begin with the boundary, drawn at random for this script, mean anything: nothing
 * written on the host beforehand can hold it.
 */
export function readFrames(output: Buffer, boundary: string): Frames {
  const frames: Frame[] = [];
  let begun: Begun | null = null;
  let complete = false;
  let noise = output;
  for (const { words, before, start } of marks(output, boundary)) {
    if (noise === output) noise = output.subarray(0, start);
    const [kind, first = '', second = ''] = words;
    if (kind === '<')
      begun = isNamespace(second) ? { ...NOTHING, probe: first, namespace: numberOf(second) } : null;
    if (kind === '!' && begun)
      Object.assign(begun, { output: before.toString('utf8'), status: Number(first) });
    if (kind === '>' && begun) {
      const { probe, namespace, status, output } = begun;
      frames.push({ probe, namespace, answer: toAnswer(output, status, before.toString('utf8', 0, SHOWN)) });
      begun = null;
    }
    if (kind === '.') complete = true;
  }
  const unfinished = begun && { probe: begun.probe, namespace: begun.namespace };
  return { frames, unfinished, complete, noise: noise.toString('utf8', 0, SHOWN).trim() };
}

const NOTHING = { output: '', status: -1 };

/** An inode, or `-` for the host: what else a host may say is no namespace, and becomes no file's name. */
const isNamespace = (word: string) => /^(?:-|\d{1,20})$/.test(word);
const numberOf = (word: string) => (word === '-' ? null : word);

/** `\nBOUNDARY < counters.netstat 4026531840\n`: the words of each such line, and the bytes before it. */
function* marks(
  output: Buffer,
  boundary: string,
): Generator<{ words: string[]; before: Buffer; start: number }> {
  const mark = Buffer.from(`\n${boundary} `);
  let from = 0;
  for (;;) {
    const start = output.indexOf(mark, from);
    const end = start < 0 ? -1 : output.indexOf(0x0a, start + mark.length);
    if (end < 0) return;
    const line = output.toString('utf8', start + mark.length, Math.min(end, start + LONGEST_MARK));
    yield { words: line.split(' '), before: output.subarray(from, start), start };
    from = end + 1;
  }
}

/** 210 to 213 are the prelude's `absent`, `denied`, `unsupported` and `lacking`; 124 is `timeout`'s, 127 sh's. */
function toAnswer(output: string, status: number, stderr: string): Answer<string> {
  const reason = stderr.trim().split('\n')[0]!.slice(0, 300);
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
  if (status === 124) return none('timeout', 'gave no answer within 20 s');
  if (status === 127) return none('unsupported', 'command not found');
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) return none('denied', '');
  if (/no such file or directory/i.test(stderr)) return none('absent', '');
  return none('failed', `ended with status ${status}`);
}

/** `nft nft is not installed`: the program, and the reason for people. */
function lacking(said: string): Answer<string> {
  const [program = '', ...words] = said.split(' ');
  const reason = words.join(' ') || 'a program is not installed';
  return { ok: false, problem: 'unsupported', reason, program };
}
