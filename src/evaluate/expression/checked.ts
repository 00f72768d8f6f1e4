/** A checked expression as the library keeps it. With the files that change its parts, all that knows of that. */
import type { ASTNode } from '@marcbachmann/cel-js';

/** Does the work of an operator, a call or a loop on operands that were evaluated. */
export type Handle = (...given: unknown[]) => unknown;

export interface Evaluator {
  run(part: Checked, context: Bindings): unknown;
  /** Gives an error back instead of throwing it. */
  tryEval(part: Checked, context: Bindings): unknown;
}

export interface Bindings {
  getValue(name: string): unknown;
}

export type Run = (evaluator: Evaluator, part: Checked, context: Bindings) => unknown;

export interface Checked {
  op: string;
  args: unknown;
  meta: { evaluate: Run; alternate?: Checked; macro?: { val?: Checked; exp?: Checked } };
  checkedType?: { name: string };
  /** Operators, calls and loops have one. */
  handle?: Handle;
  setMeta(key: 'evaluate', run: Run): unknown;
}

/** A loop, as the library writes out `exists`, `map` and their like. */
export interface Loop {
  iterable: Checked;
  init: Checked;
  step: Checked;
  condition?: (collected: unknown) => boolean;
}

/** The place of a part: the name of a macro that was written out (`exists`), the step of one, what `bind` names. */
export type Role = '' | 'all' | 'exists' | 'exists_one' | 'filter' | 'map' | 'step' | 'bound';

/** Visits each part once, those inside of another before it. */
export function eachPart(ast: ASTNode, visit: (part: Checked, role: Role) => void): void {
  const seen = new Set<object>();
  const walk = (value: unknown, role: Role = ''): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const one of value) walk(one);
      return;
    }
    if (!isChecked(value)) return;
    const { meta, args, op } = value;
    if (meta.alternate !== undefined) walk(meta.alternate, op === 'rcall' ? (args as [Role])[0] : '');
    walk(meta.macro?.val, 'bound');
    walk(meta.macro?.exp);
    if (op === 'comprehension') {
      const { iterable, init, step } = args as Loop;
      walk(iterable);
      walk(init);
      walk(step, 'step');
    } else walk(args);
    visit(value, role);
  };
  walk(ast);
}

const isChecked = (value: object): value is Checked => 'op' in value && 'args' in value && 'meta' in value;
