/** The only file that knows CEL, and the library that runs it. */
import { type ASTNode, Environment, EvaluationError, type ParseResult } from '@marcbachmann/cel-js';
import type { Parsed, Type } from '../../define.ts';
import { nearest } from '../../errors.ts';
import { within } from '../../time-limit.ts';
import { MOST_STEPS, type StepBudget, wholeSizeOf } from './budget.ts';
import { celTypes } from './cel-types.ts';
import { ruleFunctions } from './functions.ts';
import { lackingIn } from './lacking.ts';
import { matchesText, nestedLoops, tooMuch } from './loops.ts';
import { isSpent, meter } from './metered.ts';
import { findReads, type Read, type ReadPath, readPath } from './reads.ts';
import { type ExpressionError, errorsIn } from './restrictions.ts';
import type { Term } from './terms.ts';
import { decideWithUnknowns } from './three-valued.ts';
import { isAtLeast, isUnknown, lackIn, leastOf, type MissingPart } from './unknown.ts';
import { reportUnknowns } from './unknown-in-text.ts';

/** Facts as expressions take them, by name: the results of `encode`, and what is unknown in the place of the others. */
type Context = Record<string, unknown>;

/** `missing`: what it depends on and is not known; of a value: what may be in it beside. */
type Result =
  | { ok: true; value: unknown; missing?: readonly MissingPart[] }
  | { ok: false; reason: string; missing?: readonly MissingPart[] };

export interface Expression {
  /** The text as it is written. */
  text: string;
  /** The type of its value: `bool`, `string`, `list<int>`, ... */
  type: string;
  reads: Read[];
  /**
   * Every fact it reads must be in the context. Not ok: an entry it asks for is not there, for example, or its value
   * would be another if more were known.
   */
  evaluate(context: Context): Result;
  /** Of `LIST.all(item, condition)`: the list, and the same condition as a list of truths, one for each item. */
  each: { list: ReadPath; holds: Expression } | null;
}

type Compiled = { ok: true; expression: Expression } | { ok: false; errors: ExpressionError[] };

/** The language over certain facts. */
export interface Language {
  /** @param use `text`: what becomes of it stands in a message, which says itself what is not known */
  compile(text: string, use?: 'value' | 'text'): Compiled;
}

/** The facts' types, made known to the library once, for the languages of all scopes. */
export interface Grammar {
  /** The language that sees these facts only. */
  over(facts: readonly string[]): Language;
  /** Converts a fact for expressions. Throws where its value is not of the fact's type. */
  encode(fact: string, parsed: Parsed<unknown>): unknown;
}

/**
 * Milliseconds that an expression which matches texts may take on one subject: the cost of matching can't be counted.
 */
const LONGEST = 1000;

const TOO_MANY_STEPS: Result = {
  ok: false,
  reason: `it takes more than ${MOST_STEPS.toLocaleString('en-US')} steps: what it looks at is too large`,
};

const LIMITS = {
  maxAstNodes: 600,
  maxDepth: 40,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 8,
};

export function grammar(types: Readonly<Record<string, Type>>): Grammar {
  const base = new Environment({ limits: LIMITS });
  const { nameOf, encode, fields } = celTypes(base, types);
  for (const { name, fact, reads, run } of ruleFunctions.filter((known) => known.fact in types))
    base.registerFunction({
      name,
      receiverType: nameOf(fact),
      returnType: 'bool',
      params: [{ name: 'argument', type: 'string' }],
      handler(value: Record<string, unknown>, argument: string): boolean {
        const read = value[reads];
        if (isUnknown(read)) throw read;
        const answer = run(read as string, argument);
        if (!answer.ok) throw new EvaluationError(answer.reason);
        return answer.value;
      },
      async: false,
    });
  const over = (facts: readonly string[]): Language => {
    const environment = base.clone();
    for (const fact of facts) environment.registerVariable(fact, nameOf(fact));
    // biome-ignore lint/style/noNonNullAssertion: these facts are some of `types`
    const seen = Object.fromEntries(facts.map((fact) => [fact, types[fact]!]));
    const candidates = { others: Object.keys(types), fields };
    return { compile: (text, use = 'value') => compile(environment, text, use, seen, candidates) };
  };
  return { over, encode: (fact, parsed) => encode(fact, parsed.value, lackingIn(fact, parsed)) };
}

/** Words that a mistyped one may have meant. */
interface Candidates {
  /** Facts of any scope. */
  others: string[];
  fields: string[];
}

function compile(
  environment: Environment,
  text: string,
  use: 'value' | 'text',
  facts: Readonly<Record<string, Type>>,
  candidates: Candidates,
): Compiled {
  let parsed: ParseResult;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    return { ok: false, errors: [toExpressionError(error, facts, candidates)] };
  }
  const term = toTerm(parsed.ast);
  const errors = errorsIn(term, facts);
  if (errors.length > 0) return { ok: false, errors };
  const { valid, error, type = '' } = parsed.check();
  if (!valid) return { ok: false, errors: [toExpressionError(error, facts, candidates)] };
  const items = itemwise(parsed.ast, text);
  const holds = items && compile(environment, items.text, use, facts, candidates);
  const each = items && holds?.ok ? { list: items.list, holds: holds.expression } : null;
  const loops = nestedLoops(term, facts);
  const guarded = matchesText(term);
  const budget: StepBudget = { left: 0, matching: 'likely' };
  meter(parsed.ast, budget);
  decideWithUnknowns(parsed.ast, use);
  if (use === 'text') reportUnknowns(parsed.ast);
  const evaluate = (context: Context): Result => {
    const refused = tooMuch(loops, context);
    if (refused !== null) return { ok: false, reason: refused };
    // most texts are so short that the worst is soon over: a limit takes longer to set
    const counted = tried(() => ({ value: parsed(context) }), guarded ? 'worst' : 'likely');
    if (counted !== TOO_MANY_STEPS || !guarded) return counted;
    return tried(() => within(LONGEST, () => parsed(context)), 'likely');
  };
  const tried = (run: () => { value: unknown } | null, matching: StepBudget['matching']): Result => {
    Object.assign(budget, { left: MOST_STEPS, matching });
    try {
      const given = run();
      if (given === null) return { ok: false, reason: `it takes more than ${LONGEST / 1000} s` };
      budget.left -= wholeSizeOf(given.value, budget.left);
      return isSpent(budget) ? TOO_MANY_STEPS : known(given.value);
    } catch (error) {
      if (isSpent(budget)) return TOO_MANY_STEPS;
      if (isUnknown(error))
        return {
          ok: false,
          reason: error.missing.map(({ reason }) => reason).join('; '),
          missing: error.missing,
        };
      if (error instanceof EvaluationError) return { ok: false, reason: reasonOf(error) };
      // texts put together that no machine has room for
      if (error instanceof RangeError) return { ok: false, reason: `it gets too large: ${error.message}` };
      throw error;
    }
  };
  return { ok: true, expression: { text, type, reads: findReads(term, facts), evaluate, each } };
}

/** `LIST.all(item, condition)` as `LIST.map(item, condition)`. */
function itemwise(ast: ASTNode, text: string): { list: ReadPath; text: string } | null {
  if (ast.op !== 'rcall' || ast.args[0] !== 'all' || ast.args[2].length !== 2) return null;
  const receiver = ast.args[1];
  const list = readPath(toTerm(receiver));
  const end = receiver.range?.end ?? receiver.end;
  return list && { list, text: text.slice(0, end) + text.slice(end).replace('all', 'map') };
}

/** `No such key: PAWSPassive` */
function reasonOf({ code, summary }: EvaluationError): string {
  const [, key] = /^No such key: (.*)$/s.exec(summary) ?? [];
  return code === 'no_such_key' && key !== undefined ? `there is no ${key}` : describe(summary);
}

const RESERVED_NAMESPACE = 'in rules, the network namespace is `netns`: CEL reserves the word "namespace"';

function toExpressionError(
  error: unknown,
  facts: Readonly<Record<string, Type>>,
  { others, fields }: Candidates,
): ExpressionError {
  const { summary, range } = error as EvaluationError;
  const at = range?.start ?? 0;
  const [, kind, word = ''] =
    /^(No such key|Unknown variable|Reserved identifier): (.*)$/s.exec(summary) ?? [];
  const suggest = (candidates: string[]) => {
    const meant = nearest(word, candidates);
    return meant === null ? null : `did you mean "${meant}"?`;
  };
  if (word === 'namespace') return { at, message: `"${word}" is not a fact`, hint: RESERVED_NAMESPACE };
  if (kind === 'No such key')
    return {
      at,
      message: `there is no field "${word}"`,
      hint: suggest(fields.filter((field) => field !== word)),
    };
  if (kind === undefined) return { at, message: describe(summary), hint: null };
  const elsewhere = others.includes(word);
  const scope = word === 'path' || word === 'senders' ? 'path' : 'netns';
  const hint = elsewhere ? `it is a fact of another scope: \`scope: ${scope}\`` : suggest(Object.keys(facts));
  return {
    at,
    message: elsewhere ? `"${word}" is out of this rule's scope` : `"${word}" is not a fact`,
    hint,
  };
}

function toTerm(node: ASTNode): Term {
  const at = node.range?.start ?? node.start;
  const other = (...parts: ASTNode[]): Term => ({ at, kind: 'other', parts: parts.map(toTerm) });
  switch (node.op) {
    case 'value':
      return { at, kind: 'literal', text: typeof node.args === 'string' ? node.args : null };
    case 'id':
      return { at, kind: 'name', name: node.args };
    case '.':
    case '.?':
      return { at, kind: 'entry', of: toTerm(node.args[0]), key: node.args[1] };
    case '[]':
    case '[?]':
      return entry(at, node.args[0], node.args[1]) ?? other(...node.args);
    case 'in':
      return entry(at, node.args[1], node.args[0]) ?? other(...node.args);
    case 'call':
      return { at, kind: 'call', name: node.args[0], receiver: null, args: node.args[1].map(toTerm) };
    case 'rcall': {
      const [name, receiver, args] = node.args;
      return { at, kind: 'call', name, receiver: toTerm(receiver), args: args.map(toTerm) };
    }
    case 'map':
      return other(...node.args.flat());
    case '!_':
    case '-_':
      return other(node.args);
    default:
      return other(...node.args);
  }
}

function entry(at: number, of: ASTNode, key: ASTNode): Term | null {
  const isWord = key.op === 'value' && typeof key.args === 'string';
  return isWord ? { at, kind: 'entry', of: toTerm(of), key: key.args as string } : null;
}

function known(value: unknown): Result {
  const lack = lackIn(value);
  return { ok: true, value: plain(value), ...(lack && { missing: lack.missing }) };
}

/** Turns CEL's values into plain ones: its integers are bigints, its maps Maps. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isAtLeast(value)) return `at least ${leastOf(value)}`;
  return Array.isArray(value) ? value.map(plain) : value;
}

/** `Unexpected token: EOF` */
function describe(summary: string): string {
  return summary.charAt(0).toLowerCase() + summary.slice(1).replace(/\bEOF\b/, 'the end of the expression');
}
