/** Asks a host anew that was asked before: over the connection that is there, or over another. */
import type { HostEvidence, Target } from '../model.ts';
import type { Session } from '../transports/session.ts';
import { collectHost, type HostOptions } from './host.ts';

export interface AskedAnew {
  evidence: HostEvidence;
  /** The connection that it was asked over; null: there is none any more. */
  session: Session | null;
  /** True where another attempt may end otherwise. */
  transient: boolean;
}

/** @param session the connection that is there; null: another one is opened */
export async function askAnew(
  target: Target,
  options: HostOptions,
  session: Session | null,
  signal: AbortSignal,
): Promise<AskedAnew> {
  const left: { session: Session | null; transient: boolean } = { session: null, transient: true };
  const evidence = await collectHost(
    target,
    {
      ...options,
      interval: null,
      retries: 0,
      async open(of, limit, tell) {
        if (session !== null) return { ok: true, value: session };
        const opened = await options.open(of, limit, tell);
        if (!opened.ok) left.transient = opened.transient;
        return opened;
      },
      release(_, open) {
        left.session = open;
      },
    },
    signal,
  );
  if (evidence.reached.ok) return { evidence, ...left };
  left.session?.close();
  return { evidence, ...left, session: null };
}
