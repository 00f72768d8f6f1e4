import type { Collector, Parsed, Probe } from '../define.ts';
import type { Answer, HostEvidence, Problem } from '../model.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A fact that is known, for people (`parsed`) and for expressions (`encoded`); or why it is not. */
export type Fact =
  | { ok: true; parsed: Parsed<unknown>; encoded: unknown }
  | { ok: false; problem: Problem; reason: string };

/** What a rule is tried on. `facts` are its own and those above it. */
export interface Subject {
  host: string;
  /** The namespace's name, or null for the host. */
  namespace: string | null;
  facts: ReadonlyMap<string, Fact>;
}
