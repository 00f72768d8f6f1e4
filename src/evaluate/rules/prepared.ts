/** The built-in rules as the program has them: read and checked when it was built, and compiled when they are tried. */
import type { Json, Scope } from '../../model.ts';
import type { ExpressionHead } from '../expression/known-expressions.ts';

/** One rule: what its file says, without its tests. */
export interface PreparedRule {
  /** The path below the rules folder, without the ending. */
  name: string;
  value: Json;
  /** The place of its id. */
  line: number;
  column: number;
}

export interface PreparedRules {
  rules: PreparedRule[];
  /** The expressions in them, by the scope of the rules. */
  expressions: Record<Scope, ExpressionHead[]>;
}

/** Returns them; null: they are read from their files, as here, where nothing was built. `.ci/bundle.mjs` replaces this file. */
export const preparedRules = (): PreparedRules | null => null;
