/** What rules would see, for who writes one. */
import { derivedFacts } from '../derived/index.ts';
import { nearest, UserError, UserErrors } from '../errors.ts';
import type { HostEvidence, Line, Scope } from '../model.ts';
import type { Expression } from './expression/expression.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { originsOf } from './facts/derive.ts';
import { evidenceFor } from './facts/evidence.ts';
import type { Fact } from './facts/facts.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { missingFrom } from './verdicts.ts';

/** A question to every host or namespace: an expression, or facts by name. */
export interface Question {
  scope: Scope;
  facts: string[];
  expression: Expression | null;
}

/** An expression is tried on hosts where facts of hosts suffice for it, else on namespaces. */
export function askedBy(text: string, { languages }: Vocabulary): Question {
  const ofHost = languages.host.compile(text);
  const compiled = ofHost.ok ? ofHost : languages.netns.compile(text);
  if (!compiled.ok)
    throw new UserErrors(
      compiled.mistakes.map(
        ({ at, message, hint }) => new UserError(`--expr, at character ${at + 1}: ${message}`, { hint }),
      ),
    );
  const { expression } = compiled;
  const facts = [...new Set(expression.reads.map(({ fact }) => fact))];
  return { scope: ofHost.ok ? 'host' : 'netns', facts, expression };
}

/** Facts by name; all of them where none is named. */
export function askedFor(names: readonly string[], { facts }: Vocabulary): Question {
  const known = Object.keys(facts.netns);
  for (const name of names.filter((one) => !known.includes(one))) {
    const near = nearest(name, known);
    throw new UserError(`there is no fact ${name}`, { hint: near ? `did you mean ${near}?` : null });
  }
  const wanted = names.length > 0 ? [...names] : known;
  const ofHost = wanted.every((name) => Object.hasOwn(facts.host, name));
  return { scope: ofHost ? 'host' : 'netns', facts: wanted, expression: null };
}

/** The collected facts that a question needs; `netns` and `host` are known before. */
export function collectedFor({ facts, expression }: Question): string[] {
  const reads = expression?.reads ?? facts.map((fact) => ({ fact, words: [] }));
  const needed = reads.flatMap((read) => (derivedFacts.has(read.fact) ? originsOf(read) : [read.fact]));
  return [...new Set(needed.map((fact) => (fact === 'netns' ? 'namespaces' : fact)))].filter(
    (fact) => fact !== 'host',
  );
}

/** What a subject answers: a value, or why there is none; and the lines that a finding would show. */
interface SubjectAnswer {
  name: string;
  answer: unknown;
  evidence: Line[];
}

export function answersOf(host: HostEvidence, question: Question, vocabulary: Vocabulary): SubjectAnswer[] {
  const wanted = new Set(['kernel', 'namespaces', ...question.facts, ...collectedFor(question)]);
  return subjectsOf(host, wanted, vocabulary)
    .filter(({ scope }) => scope === question.scope)
    .map((subject) => ({
      name: subject.namespace === null ? subject.host : `${subject.host}/${subject.namespace}`,
      answer:
        question.expression === null ? shown(question.facts, subject) : tried(question.expression, subject),
      evidence: evidenceFor(question.expression?.reads ?? [], subject.facts),
    }));
}

function tried(expression: Expression, { facts, context }: Subject): unknown {
  const missing = missingFrom(expression.reads, facts);
  if (missing.length > 0) return { unknown: missing.map(({ reason }) => reason) };
  const result = expression.evaluate(context);
  return result.ok ? plain(result.value) : { unknown: [result.reason] };
}

/** Maps and objects of an expression as JSON knows them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  const entries = value instanceof Map ? [...value] : Object.entries(Object(value));
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(entries.map(([key, entry]) => [key, plain(entry)]))
    : value;
}

function shown(names: readonly string[], { facts }: Subject): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, told(facts.get(name))]));
}

function told(fact: Fact | undefined): unknown {
  if (fact === undefined) return { problem: 'unsupported', reason: 'it was not collected' };
  if (!fact.ok) return { problem: fact.problem, reason: fact.reason };
  const { value, partial, unreadable = {}, unsupported = {} } = fact.parsed;
  return {
    value,
    ...(partial === undefined ? {} : { partial }),
    ...(Object.keys(unreadable).length === 0 ? {} : { unreadable }),
    ...(Object.keys(unsupported).length === 0 ? {} : { unsupported }),
  };
}
