/** Findings as they begin and end while hosts are watched. Pure. */
import type { Finding } from '../model.ts';

export interface LiveFinding {
  finding: Finding;
  /** The time when it was first seen, in milliseconds since 1970. */
  since: number;
  /** The time when it was last seen, likewise. */
  until: number;
}

export interface LiveFindings {
  open: ReadonlyMap<string, LiveFinding>;
  began: LiveFinding[];
  ended: LiveFinding[];
}

/** Milliseconds without it after which a finding has ended: what comes in bursts is one. */
const QUIET = 10_000;

/**
 * @param open those that have not ended, by fingerprint
 * @param found those of the newest window
 * @param seen the hosts that were looked at in it: of the others it is not known whether a finding goes on
 */
export function followFindings(
  open: ReadonlyMap<string, LiveFinding>,
  found: readonly Finding[],
  seen: ReadonlySet<string>,
  at: number,
): LiveFindings {
  const next = new Map(open);
  const began: LiveFinding[] = [];
  for (const finding of found) {
    const known = open.get(finding.fingerprint);
    const live = { finding, since: known?.since ?? at, until: at };
    if (known === undefined) began.push(live);
    next.set(finding.fingerprint, live);
  }
  const ended = [...next.values()].filter(
    ({ finding, until }) => at - until >= QUIET && seen.has(finding.host),
  );
  for (const { finding } of ended) next.delete(finding.fingerprint);
  return { open: next, began, ended };
}
