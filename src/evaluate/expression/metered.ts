/** Makes the library pay for what it does. */
import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { costOf, type StepBudget, sizeOf } from './budget.ts';
import { type Checked, eachPart, type Handle, type Loop } from './checked.ts';

export const isSpent = ({ left }: StepBudget) => left < 0;

/** Meters a checked expression, once: from then on, evaluating it takes from the budget, and ends where that does. */
export function meter(ast: ASTNode, budget: StepBudget): void {
  eachPart(ast, (part) => {
    if (part.handle !== undefined) pay(part, part.handle, budget);
  });
}

function pay(node: Checked, handle: Handle, budget: StepBudget): void {
  const work = (name: string, operands: readonly unknown[]) => spend(budget, costOf(name, operands, budget));
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
