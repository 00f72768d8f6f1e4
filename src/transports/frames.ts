import type { Answer, Problem } from '../model.ts';

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
  const chunks: Buffer[] = [];
  let room = limit;
  let tail = Buffer.alloc(0);
  let truncated = false;
  return {
    take(chunk) {
      const taken = chunk.subarray(0, room);
      chunks.push(taken);
      room -= taken.length;
      truncated ||= taken.length < chunk.length;
      // the end may be split over two chunks
      const seam = Buffer.concat([tail, taken]);
      tail = Buffer.from(seam.subarray(Math.max(0, seam.length - end.length)));
      return truncated || seam.includes(end) ? 'stop' : 'more';
    },
    output: () => Buffer.concat(chunks),
    truncated: () => truncated,
  };
}

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
      begun = { probe: first, namespace: second === '-' ? null : second, output: '', status: -1 };
    if (kind === '!' && begun)
      Object.assign(begun, { output: before.toString('utf8'), status: Number(first) });
    if (kind === '>' && begun) {
      const { probe, namespace, status, output } = begun;
      frames.push({ probe, namespace, answer: toAnswer(output, status, before.toString('utf8')) });
      begun = null;
    }
    if (kind === '.') complete = true;
  }
  const unfinished = begun && { probe: begun.probe, namespace: begun.namespace };
  return { frames, unfinished, complete, noise: noise.toString('utf8').trim() };
}

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
    const words = output.toString('utf8', start + mark.length, end).split(' ');
    yield { words, before: output.subarray(from, start), start };
    from = end + 1;
  }
}

/** 210 to 212 are the prelude's `absent`, `denied` and `unsupported`; 124 is `timeout`'s, 127 sh's. */
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
  if (status === 124) return none('timeout', 'gave no answer within 20 s');
  if (status === 127) return none('unsupported', 'command not found');
  if (/permission denied|operation not permitted|must be root/i.test(stderr)) return none('denied', '');
  if (/no such file or directory/i.test(stderr)) return none('absent', '');
  return none('failed', `ended with status ${status}`);
}
