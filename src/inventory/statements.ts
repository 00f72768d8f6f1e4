/**
 * What an inventory says, whatever its format: a list of statements in the order in which it says them. A reader
 * makes them and knows nothing of precedence; what comes after knows nothing of formats.
 */
import type { Json, Source } from '../model.ts';

export type Statement =
  /** The group exists. */
  | { kind: 'group'; group: string; source: Source }
  | { kind: 'child'; group: string; child: string; source: Source }
  | { kind: 'vars'; group: string; vars: Variables }
  /** The host exists, is a member of the group, and has these variables too. */
  | { kind: 'host'; group: string; host: string; source: Source; vars: Variables; port: Variable | null };

export type Variables = ReadonlyMap<string, Variable>;

export interface Variable {
  value: Json;
  /** Where the value stands. */
  source: Source;
  /** Where the name stands. */
  nameSource: Source;
}

/** Notes a mistake; whoever reads on does so with the rest of the file. */
export type Complain = (message: string, source: Source | null, hint?: string | null) => void;
