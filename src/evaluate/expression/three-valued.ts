/**
 * Makes the library decide what can be decided where parts of a value are not known (unknown.ts): Kleene's logic.
 * Whole values go on to the library as they are. What the library does with the rest is asked here, operator by operator.
 */
import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';
import { compared, subtracted, summed } from './bounds.ts';
import { type Checked, eachPart, type Handle, type Role, type Run } from './checked.ts';
import { loop } from './open-loops.ts';
import {
  ANYTHING,
  atLeastThis,
  doubtAbout,
  furtherItems,
  isAtLeast,
  isUnknown,
  joined,
  lackIn,
  lackOf,
  unknownFor,
} from './unknown.ts';

/**
 * Changes a checked expression, once.
 *
 * @param use `text`: a clause that may be left out is left out where it is not known whether it should stand; and an item
 *   of a list that may have more is the one that is known
 */
export function decideWithUnknowns(ast: ASTNode, use: 'value' | 'text'): void {
  eachPart(ast, (node, role) => {
    const { handle } = node;
    if (node.op === 'id') named(node);
    else if (node.op === '&&') logical(node, false);
    else if (node.op === '||') logical(node, true);
    else if (node.op === '?:' && role !== 'step') choice(node, use);
    else if (handle !== undefined) node.handle = decided(node, handle, role, use);
    if (node.op === 'list' || node.op === 'map')
      for (const part of [node.args].flat(2)) strictly(part as Checked);
    if (role === 'bound') strictly(node);
  });
}

/** Returns a value of which all is known that its operator looks at; throws what is missing. */
const whole = <T>(value: T, lack = lackOf): T => {
  const missing = lack(value);
  if (missing !== null) throw missing;
  return value;
};

function decided({ op, args }: Checked, handle: Handle, role: Role, use: 'value' | 'text'): Handle {
  switch (op) {
    case 'comprehension':
      return loop(role, handle);
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      return (of, key, ...rest) => {
        const entry = entryIn(of, whole(key), use);
        return isAtLeast(entry) ? entry : handle(of, key, ...rest);
      };
    case 'in':
      return (value, among, ...rest) =>
        contained(whole(value, lackIn), among, (a) => handle(value, a, ...rest));
    case '==':
    case '!=':
      return (a, b, ...rest) => compared(op, a, b) ?? handle(whole(a, lackIn), whole(b, lackIn), ...rest);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return (a, b, ...rest) => compared(op, a, b) ?? handle(whole(a), whole(b), ...rest);
    case '+':
      return (a, b, ...rest) => summed(a, b) ?? handle(whole(a), whole(b), ...rest);
    case '-':
      return (a, b, ...rest) => subtracted(a, b) ?? handle(whole(a), whole(b), ...rest);
    case 'call':
    case 'rcall': {
      const isSize = (args as [string])[0] === 'size';
      return (operands, ...rest) => {
        const [measured] = operands as unknown[];
        const lack = isSize ? lackOf(measured) : null;
        if (lack !== null && !isAtLeast(measured)) return atLeastThis(BigInt(sizeOfKnown(measured)), lack);
        for (const operand of operands as unknown[]) whole(operand);
        return handle(operands, ...rest);
      };
    }
    default:
      return (a, ...rest) => handle(whole(a), ...rest);
  }
}

const sizeOfKnown = (value: unknown) =>
  Array.isArray(value) ? value.length : (value as Map<string, unknown>).size;

/** Returns an entry that is known; undefined where it is known not to be there, for the library to tell. */
function entryIn(of: unknown, key: unknown, use: 'value' | 'text'): unknown {
  const isTold = use === 'text' && Array.isArray(of) && Number(key) < of.length;
  const doubt = isTold ? null : of instanceof Map ? doubtAbout(of, key) : lackOf(of);
  if (doubt !== null) throw doubt;
  const entry = of instanceof Map ? of.get(key) : Reflect.get(Object(of), key as PropertyKey);
  if (isUnknown(entry)) throw entry;
  return entry;
}

function contained(value: unknown, among: unknown, isIn: (among: unknown) => unknown): unknown {
  if (among instanceof Map) {
    const doubt = doubtAbout(among, value);
    if (doubt !== null) throw doubt;
    return isIn(among);
  }
  const further = furtherItems(among);
  if (further === null) return isIn(whole(among, lackIn));
  if (isIn([...(among as unknown[])]) === true) return true;
  const mayBe = further.items.some(
    (item) => item === ANYTHING || lackIn(item) !== null || isIn([item]) === true,
  );
  if (mayBe) throw further.why;
  return false;
}

function named(node: Checked): void {
  const name = node.args as string;
  const known = runOf(node);
  node.setMeta('evaluate', (ev, ast, ctx) => {
    const value = ctx.getValue(name);
    if (isUnknown(value)) throw value;
    if (value === undefined) throw notCollected(name);
    return known(ev, ast, ctx);
  });
}

const notCollected = (fact: string) =>
  unknownFor([{ problem: 'unsupported', reason: `${fact} is not known: unsupported, it was not collected` }]);

const runOf = ({ meta }: Checked): Run => meta.evaluate;

/** Takes both sides, whatever the order: one that decides does, and what both lack is missing. */
function logical(node: Checked, deciding: boolean): void {
  const [left, right] = node.args as [Checked, Checked];
  node.setMeta('evaluate', (ev, _ast, ctx) => {
    const one = ev.tryEval(left, ctx);
    if (one === deciding) return deciding;
    const other = ev.tryEval(right, ctx);
    if (other === deciding) return deciding;
    if (isUnknown(one)) throw isUnknown(other) ? joined(one, other) : one;
    if (isUnknown(other)) throw other;
    for (const value of [one, other]) if (typeof value !== 'boolean') throw notBoolean(node, value);
    return !deciding;
  });
}

const notBoolean = ({ op }: Checked, value: unknown): unknown =>
  value instanceof Error ? value : new EvaluationError(`${op} takes true or false`);

/** Under a condition that is not known, the value is known if both ways give the same. */
function choice(node: Checked, use: 'value' | 'text'): void {
  const [condition, yes, no] = node.args as [Checked, Checked, Checked];
  node.setMeta('evaluate', (ev, _ast, ctx) => {
    const chosen = ev.tryEval(condition, ctx);
    if (typeof chosen === 'boolean') return ev.run(chosen ? yes : no, ctx);
    if (!isUnknown(chosen)) throw notBoolean(node, chosen);
    const [one, other] = [ev.tryEval(yes, ctx), ev.tryEval(no, ctx)];
    if (one === other && !(one instanceof Error)) return one;
    if (use === 'text' && (one === '' || other === '')) return '';
    throw [one, other].filter(isUnknown).reduce(joined, chosen);
  });
}

/** A number of which only the least is known is none that can be put into a list, or be given a name. */
function strictly(node: Checked): void {
  const known = runOf(node);
  node.setMeta('evaluate', (ev, ast, ctx) => {
    const value = known(ev, ast, ctx);
    if (isAtLeast(value)) throw value.why;
    return value;
  });
}
