/** Lets the expressions of a message say what is known, and say of the rest that it is not. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { type Bindings, type Checked, type Evaluator, eachPart } from './checked.ts';
import { isAtLeast, isUnknown, leastOf, type Unknown } from './unknown.ts';

export const NOT_KNOWN = 'not known';

/** Changes a checked expression, once. */
export function reportUnknowns(ast: ASTNode): void {
  eachPart(ast, (part) => {
    const { op, args, handle } = part;
    if (op === 'call' && (args as [string])[0] === 'string' && handle !== undefined)
      part.setMeta('evaluate', (ev, ast, ctx) => {
        const [, [printed]] = args as [string, [Checked]];
        const value = tried(ev, printed, ctx);
        if (isAtLeast(value)) return `at least ${leastOf(value)}`;
        return isUnknown(value) ? NOT_KNOWN : handle([value], ast, ev);
      });
    else if (op === '+' && part.checkedType?.name === 'string' && handle !== undefined)
      part.setMeta('evaluate', (ev, ast, ctx) => {
        const texts = (args as [Checked, Checked]).map((text) => {
          const value = tried(ev, text, ctx);
          return isUnknown(value) ? NOT_KNOWN : value;
        });
        return handle(...texts, ast, ev);
      });
  });
}

function tried(ev: Evaluator, part: Checked, ctx: Bindings): unknown {
  const value = ev.tryEval(part, ctx);
  if (value instanceof Error && !isUnknown(value)) throw value;
  return value as Unknown | string;
}
