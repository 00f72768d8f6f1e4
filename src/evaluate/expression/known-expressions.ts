/** Expressions of which all is known that is asked before one is tried: compiling takes longer than most of a run. */
import type { Expression, Language } from './expression.ts';
import type { Read } from './reads.ts';

/** A compiled expression's account of itself, as plain data. */
export interface ExpressionHead {
  text: string;
  use: 'value' | 'text';
  type: string;
  reads: Read[];
}

/** Returns the same language, which notes what it compiles. */
export function noting(language: Language, heads: ExpressionHead[]): Language {
  return {
    compile(text, use = 'value') {
      const compiled = language.compile(text, use);
      if (compiled.ok)
        heads.push({ text, use, type: compiled.expression.type, reads: compiled.expression.reads });
      return compiled;
    },
  };
}

/** Returns the same language, which compiles what it knows when it is tried. */
export function knowing(language: Language, heads: readonly ExpressionHead[]): Language {
  const known = new Map(heads.map((head) => [keyOf(head.text, head.use), head]));
  return {
    compile(text, use = 'value') {
      const head = known.get(keyOf(text, use));
      return head === undefined
        ? language.compile(text, use)
        : { ok: true, expression: expressionOf(head, language) };
    },
  };
}

const keyOf = (text: string, use: string) => `${use} ${text}`;

function expressionOf({ text, use, type, reads }: ExpressionHead, language: Language): Expression {
  let made: Expression | null = null;
  const whole = (): Expression => {
    if (made !== null) return made;
    const compiled = language.compile(text, use);
    if (!compiled.ok) throw new Error(`an expression that was compiled before can't be: ${text}`);
    made = compiled.expression;
    return made;
  };
  return {
    text,
    type,
    reads,
    evaluate: (context) => whole().evaluate(context),
    get each() {
      return whole().each;
    },
  };
}
