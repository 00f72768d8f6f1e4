/** Makes the library pay for what it does. The only file that knows how it keeps a checked expression. */
import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { costOf, type StepBudget, sizeOf } from './budget.ts';

/** A checked part of an expression: operators, calls and loops have a handle, which does the work. */
interface Checked {
  op: string;
  args: unknown;
  meta: { alternate?: unknown; macro?: unknown };
  handle?: (...parameters: unknown[]) => unknown;
}

/** A loop, as the library writes out `exists`, `map` and their like. */
interface Loop {
  step: unknown;
  condition?: (collected: unknown) => boolean;
}

export const isSpent = ({ left }: StepBudget) => left < 0;

/** Meters a checked expression, once: from then on, evaluating it takes from the budget, and ends where that does. */
export function meter(ast: ASTNode, budget: StepBudget): void {
  const seen = new Set<object>();
  const visit = (value: unknown): number => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
    seen.add(value);
    if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + visit(one), 0);
    if (!isChecked(value)) return visitAll(Object.values(value));
    const { meta, args } = value;
    const inside = visitAll([meta.alternate, meta.macro, args]);
    if (value.handle !== undefined) pay(value, value.handle, budget);
    return 1 + inside;
  };
  const visitAll = (values: readonly unknown[]) => values.reduce<number>((sum, one) => sum + visit(one), 0);
  visit(ast);
}

const isChecked = (value: object): value is Checked => 'op' in value && 'args' in value && 'meta' in value;

function pay(node: Checked, handle: (...parameters: unknown[]) => unknown, budget: StepBudget): void {
  const work = (name: string, operands: readonly unknown[]) =>
    spend(budget, costOf(name, operands, budget.left));
  switch (node.op) {
    case 'comprehension':
      payForEach(node.args as Loop, budget);
      node.handle = (over, ...rest) => {
        // the keys of a map are made a list of
        spend(budget, Array.isArray(over) ? 1 : sizeOf(over));
        return handle(over, ...rest);
      };
      return;
    case 'call':
    case 'rcall':
      node.handle = (operands, ...rest) => {
        work((node.args as [string])[0], operands as unknown[]);
        return handle(operands, ...rest);
      };
      return;
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case '?:':
      return;
    default:
      node.handle = (left, right, ...rest) => {
        work(node.op, [left, right]);
        return handle(left, right, ...rest);
      };
  }
}

/** Loops ask whether to go on before each entry: an error would be kept by them until the last. */
function payForEach(loop: Loop, budget: StepBudget): void {
  const { condition } = loop;
  loop.condition = (collected) => {
    budget.left -= 1;
    return !isSpent(budget) && (condition === undefined || condition(collected));
  };
}

function spend(budget: StepBudget, steps: number): void {
  budget.left -= steps;
  if (isSpent(budget)) throw new EvaluationError('it takes too many steps');
}
