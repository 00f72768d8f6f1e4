import type { Parsed } from '../../define.ts';
import type { Answer } from '../../model.ts';

/** A fact that is known, for people (`parsed`) and for expressions (`encoded`); or the reason why it is not. */
export type Fact =
  | { ok: true; parsed: Parsed<unknown>; encoded: unknown }
  | Extract<Answer<never>, { ok: false }>;

export type Facts = ReadonlyMap<string, Fact>;
