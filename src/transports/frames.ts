import type { Answer } from '../model.ts';

/** One answer as it came over the wire. */
export interface Frame {
  probe: string;
  /** Inode of the namespace, or null for the host. */
  namespace: string | null;
  answer: Answer<string>;
}

/** Takes a script's output as it arrives. */
export interface FrameReader {
  /** Says `stop` once the last frame has been read or the limit is reached. */
  push(chunk: Buffer): 'more' | 'stop';
  /** Whole frames so far, in the order they came. */
  frames(): Frame[];
  /** The probe whose answer has begun and not ended. */
  unfinished(): Pick<Frame, 'probe' | 'namespace'> | null;
  state(): 'reading' | 'complete' | 'truncated';
}

/**
 * Reads frames. Only lines that carry the boundary, drawn at random for this run, mean anything; all else is an
 * answer's content, or noise between answers (banners, a chatty .bashrc).
 */
export function frameReader(boundary: string, limit: number): FrameReader {
  const mark = Buffer.from(`\n${boundary} `);
  const frames: Frame[] = [];
  const kept: Buffer[] = [];
  let size = 0;
  let pending = Buffer.alloc(0);
  let state: 'reading' | 'complete' | 'truncated' = 'reading';
  let begun: { probe: string; namespace: string | null; output: Buffer | null; status: number } | null = null;

  /** Everything before a mark belongs to what went before it. */
  function onMark(content: Buffer, words: string): void {
    const [kind, probe = '', namespace = '-'] = words.split(' ');
    if (kind === '<') {
      begun = { probe, namespace: namespace === '-' ? null : namespace, output: null, status: 0 };
    } else if (kind === '!' && begun) {
      begun.output = content;
      begun.status = Number(probe);
    } else if (kind === '>' && begun?.output) {
      const answer = toAnswer(begun.output.toString('utf8'), begun.status, content.toString('utf8'));
      frames.push({ probe: begun.probe, namespace: begun.namespace, answer });
      begun = null;
    } else if (kind === '.') {
      state = 'complete';
    }
  }

  return {
    push(chunk) {
      if (state !== 'reading') return 'stop';
      const room = limit - size;
      const taken = chunk.length > room ? chunk.subarray(0, room) : chunk;
      size += taken.length;
      pending = Buffer.concat([pending, taken]);
      let from = 0;
      while (state === 'reading') {
        const at = pending.indexOf(mark, from);
        const end = at < 0 ? -1 : pending.indexOf(0x0a, at + mark.length);
        if (end < 0) break;
        kept.push(pending.subarray(from, at));
        onMark(Buffer.concat(kept.splice(0)), pending.toString('utf8', at + mark.length, end));
        // the newline that ends a mark may begin the next one
        from = end;
        if (begun !== null || kept.length === 0)
          from = end + (pending.subarray(end, end + mark.length).equals(mark) ? 0 : 1);
      }
      pending = pending.subarray(from);
      // what can no longer hold the start of a mark is set aside, so that a long answer is not searched again
      const settled = pending.lastIndexOf(mark) < 0 ? pending.length - mark.length : 0;
      if (settled > 0) {
        kept.push(pending.subarray(0, settled));
        pending = pending.subarray(settled);
      }
      if (state === 'reading' && taken.length < chunk.length) state = 'truncated';
      return state === 'reading' ? 'more' : 'stop';
    },
    frames: () => frames,
    unfinished: () => begun && { probe: begun.probe, namespace: begun.namespace },
    state: () => state,
  };
}

/** An answer's statuses: see `absent`, `denied` and `unsupported` in the prelude; 124 is `timeout`'s, 127 sh's. */
function toAnswer(output: string, status: number, stderr: string): Answer<string> {
  const reason = stderr.trim().split('\n')[0]!.slice(0, 300);
  const none = (
    problem: Exclude<Answer<string>, { ok: true }>['problem'],
    fallback: string,
  ): Answer<string> => ({
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
