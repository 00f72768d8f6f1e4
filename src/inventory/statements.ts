/**
 * The content of an inventory, whatever its format: a list of statements in their order. A reader makes them and
 * knows nothing of precedence; what comes after knows nothing of formats.
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
  /** The place of the value. */
  source: Source;
  /** The place of the name. */
  nameSource: Source;
}

/** Reports a mistake; the reader goes on with the rest of the file. */
export type Complain = (message: string, source: Source | null, hint?: string | null) => void;
