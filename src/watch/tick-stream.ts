/** Reads what the loop on a host prints. Whatever the host sends, what is kept of it is bounded. */
import { StringDecoder } from 'node:string_decoder';

export type LoopEvent =
  | { kind: 'ready' }
  /** A namespace without processes has one of ours now. */
  | { kind: 'held'; pid: number; path: string }
  /** A list as the collector `namespaces` reads it. */
  | { kind: 'namespaces'; text: string }
  /** The files read at one tick, by their paths. */
  | { kind: 'tick'; files: Map<string, string> };

export interface TickStream {
  /** Takes output; false: it is none of ours, or more than is taken, and no more of it is read. */
  take(chunk: Buffer): boolean;
  /** Returns why no more is read; null while it is. */
  refusal(): string | null;
}

/** The most characters of one answer: 256 namespaces have a fifth of it. */
const LARGEST_ANSWER = 24 * 2 ** 20;

type Frame = { kind: 'tick'; files: Map<string, string[]> } | { kind: 'namespaces'; lines: string[] };

/** @param boundary begins the lines that are the loop's own; what stands outside of its answers is passed over */
export function tickStream(boundary: string, onEvent: (event: LoopEvent) => void): TickStream {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let size = 0;
  let frame: Frame | null = null;
  let refusal: string | null = null;

  const refuse = (why: string) => {
    refusal ??= why;
    rest = '';
    frame = null;
  };
  const ownLine = (word: string) => {
    if (word === '<' || word === '[') {
      if (frame !== null) return refuse('one of its answers begins inside of another');
      size = 0;
      frame = word === '<' ? { kind: 'tick', files: new Map() } : { kind: 'namespaces', lines: [] };
      return;
    }
    if (word === '>' || word === ']') {
      if (frame?.kind !== (word === '>' ? 'tick' : 'namespaces'))
        return refuse('one of its answers ends before it began');
      const event = eventOf(frame);
      frame = null;
      return onEvent(event);
    }
    if (word === 'ready') return onEvent({ kind: 'ready' });
    const [, pid, path] = /^held (\d{1,10}) (\/\S+)$/.exec(word) ?? [];
    if (pid !== undefined && path !== undefined) onEvent({ kind: 'held', pid: Number(pid), path });
  };
  const line = (text: string) => {
    size += text.length;
    if (text.startsWith(`${boundary} `)) ownLine(text.slice(boundary.length + 1));
    else if (frame?.kind === 'namespaces') frame.lines.push(text);
    else if (frame?.kind === 'tick') addLine(frame.files, text);
  };

  return {
    take(chunk) {
      if (refusal !== null) return false;
      const came = decoder.write(chunk);
      // what was there before has no line break
      const firstEnd = came.indexOf('\n');
      const text = rest + came;
      let start = 0;
      for (let end = firstEnd < 0 ? -1 : rest.length + firstEnd; end >= 0; end = text.indexOf('\n', start)) {
        line(text.slice(start, end));
        start = end + 1;
        if (refusal !== null) return false;
      }
      rest = text.slice(start);
      if (size + rest.length > LARGEST_ANSWER) refuse('it answers more at once than is taken');
      return refusal === null;
    },
    refusal: () => refusal,
  };
}

/** `/proc/914/net/netstat:TcpExt: SyncookiesSent ...`, as grep -H prints it. Paths have no colon. */
function addLine(files: Map<string, string[]>, text: string): void {
  const colon = text.indexOf(':');
  if (!text.startsWith('/proc/') || colon < 0) return;
  const path = text.slice(0, colon);
  const lines = files.get(path);
  if (lines === undefined) files.set(path, [text.slice(colon + 1)]);
  else lines.push(text.slice(colon + 1));
}

function eventOf(frame: Frame): LoopEvent {
  if (frame.kind === 'namespaces') return { kind: 'namespaces', text: `${frame.lines.join('\n')}\n` };
  return {
    kind: 'tick',
    files: new Map([...frame.files].map(([path, lines]) => [path, `${lines.join('\n')}\n`])),
  };
}
