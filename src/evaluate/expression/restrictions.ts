import type { Type } from '../../define.ts';
import { ruleFunction } from './functions.ts';
import { patternComplaint } from './safe-pattern.ts';
import { bindingOf, partsOf, type Term } from './terms.ts';

/** Something wrong in an expression, at an offset into its text. */
export interface ExpressionError {
  at: number;
  message: string;
  hint: string | null;
}

/** A loop in a loop compares everything with everything, which two facts may need; one more is a slip. */
const DEEPEST_LOOP = 2;

/** Finds what the language would take, and a rule must not do. */
export function errorsIn(term: Term, facts: Readonly<Record<string, Type>>): ExpressionError[] {
  const errors: ExpressionError[] = [];
  const visit = (part: Term, loops: number): void => {
    const error = errorAt(part, facts, loops);
    if (error !== null) errors.push(error);
    for (const { part: inner, repeated } of partsOf(part)) visit(inner, repeated ? loops + 1 : loops);
  };
  visit(term, 0);
  return errors;
}

function errorAt(term: Term, facts: Readonly<Record<string, Type>>, loops: number): ExpressionError | null {
  const binding = bindingOf(term);
  if (binding !== null && Object.hasOwn(facts, binding.name)) {
    const message = `"${binding.name}" is a fact, so an item can't be called that`;
    return { at: binding.at, message, hint: 'give the item another name' };
  }
  if (binding?.repeated && loops >= DEEPEST_LOOP)
    return {
      at: binding.at,
      message: 'a loop in a loop in a loop',
      hint: 'two levels are the most a rule may have',
    };
  return term.kind === 'call' ? callError(term) : null;
}

function callError(call: Term & { kind: 'call' }): ExpressionError | null {
  const { at, name, args } = call;
  // the language does not check what is inside of has(), so a typo there would read as "not there"
  if (name === 'has')
    return {
      at,
      message: 'has() is not checked for typos',
      hint: 'write "key" in map; a field is always there',
    };
  const literal = args[0]?.kind === 'literal' ? args[0].text : null;
  if (name === 'matches') {
    const complaint = literal === null ? 'it must be written out' : patternComplaint(literal);
    if (complaint === null) return null;
    return {
      at: args[0]?.at ?? at,
      message: `the pattern of matches() is refused: ${complaint}`,
      hint: null,
    };
  }
  const known = call.receiver === null ? undefined : ruleFunction(name);
  if (known === undefined || (literal !== null && known.argument.test(literal))) return null;
  return {
    at: args[0]?.at ?? at,
    message: `${name}() can't take that`,
    hint: `write it as in ${known.example}`,
  };
}
