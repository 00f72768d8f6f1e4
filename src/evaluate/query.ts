/** Shows what rules would see, for authors of rules. */
import { nearest, UserError, UserErrors } from '../errors.ts';
import { readHost } from '../host/host-model.ts';
import type { Line, Problem, Scope, Snapshot } from '../model.ts';
import type { Expression } from './expression/expression.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import { evidenceFor } from './facts/evidence.ts';
import type { Fact } from './facts/facts.ts';
import { collectedFor } from './facts/needs.ts';
import type { FleetPart } from './fleet-part.ts';
import { partOf } from './host.ts';
import { eachPathIn } from './paths.ts';
import { askedIn, runTime } from './report.ts';
import { type Subject, subjectsOf } from './subjects.ts';
import { hostsAmongOthers } from './vrrp.ts';

/** A question to every host, namespace or path: an expression, or facts by name. */
export interface Query {
  scope: Scope;
  facts: string[];
  expression: Expression | null;
}

/** An expression is tried on hosts where facts of hosts suffice for it, else on namespaces, else on paths. */
export function parseQuery(text: string, { languages }: Vocabulary): Query {
  const tries = (['host', 'netns', 'path'] as const).map((scope) => ({
    scope,
    compiled: languages[scope].compile(text),
  }));
  for (const { scope, compiled } of tries) {
    if (!compiled.ok) continue;
    const { expression } = compiled;
    const facts = [...new Set(expression.reads.map(({ fact }) => fact))];
    return { scope, facts, expression };
  }
  const last = tries.at(-1)?.compiled;
  throw new UserErrors(
    (last?.ok === false ? last.errors : []).map(
      ({ at, message, hint }) => new UserError(`--expr, at character ${at + 1}: ${message}`, { hint }),
    ),
  );
}

/** Facts by name; all those of namespaces where none is named. */
export function queryFacts(names: readonly string[], { facts }: Vocabulary): Query {
  const known = Object.keys({ ...facts.path, ...facts.host });
  for (const name of names.filter((one) => !known.includes(one))) {
    const near = nearest(name, known);
    throw new UserError(`there is no fact ${name}`, { hint: near ? `did you mean ${near}?` : null });
  }
  const wanted = names.length > 0 ? [...names] : Object.keys(facts.netns);
  const scope = (['host', 'netns'] as const).find((each) =>
    wanted.every((name) => Object.hasOwn(facts[each], name)),
  );
  return { scope: scope ?? 'path', facts: wanted, expression: null };
}

const readsOf = ({ facts, expression }: Query) =>
  expression?.reads ?? facts.map((fact) => ({ fact, keys: [] }));

/** The collected facts that a question needs. */
export const neededBy = (question: Query): Set<string> => collectedFor(readsOf(question));

/** A subject's answer: a value, or the reason why there is none; and the lines that a finding would show. */
interface SubjectAnswer {
  name: string;
  answer: unknown;
  evidence: Line[];
}

/** Answers the query for each subject, host by host; hosts that could not be asked, with the reason; then paths. */
export function evaluateQuery(snapshot: Snapshot, question: Query, vocabulary: Vocabulary): SubjectAnswer[] {
  const wanted = new Set(['kernel', 'namespaces', ...question.facts, ...neededBy(question)]);
  const read = new Map(readsOf(question).map(({ fact }) => [fact, null]));
  const isBeside = question.scope === 'host' && read.has('vrrp');
  const parts: FleetPart[] = [];
  const answers = snapshot.hosts.flatMap((evidence): SubjectAnswer[] => {
    const host = askedIn(runTime(snapshot), evidence);
    const { reached } = host;
    if (!reached.ok) return [{ name: host.host.name, answer: whyNot(reached), evidence: [] }];
    const model = readHost(host);
    const subjects = subjectsOf(model, wanted, vocabulary);
    if (question.scope === 'path' || isBeside) parts.push(partOf(model, subjects, read, vocabulary));
    if (isBeside) return [];
    return subjects
      .filter(({ scope }) => scope === question.scope)
      .map((subject) => answerOf(nameOf(subject), subject, question));
  });
  if (isBeside) {
    const hosts = hostsAmongOthers(parts, vocabulary);
    return [...answers, ...hosts.map((subject) => answerOf(nameOf(subject), subject, question))];
  }
  if (question.scope !== 'path') return answers;
  eachPathIn(parts, vocabulary, true, (subject) =>
    answers.push(answerOf(subject.path.name, subject, question)),
  );
  return answers;
}

const whyNot = ({ problem, reason }: { problem: Problem; reason: string }) => ({ problem, reason });

const nameOf = ({ host, namespace }: Subject) => (namespace === null ? host : `${host}/${namespace}`);

function answerOf(name: string, subject: Subject, { facts, expression }: Query): SubjectAnswer {
  const answer = expression === null ? shown(facts, subject) : tried(expression, subject);
  return { name, answer, evidence: evidenceFor(expression?.reads ?? [], subject.facts) };
}

function tried(expression: Expression, { context }: Subject): unknown {
  const { missing, ...result } = expression.evaluate(context);
  const reasons = missing?.map(({ reason }) => reason);
  if (!result.ok) return { unknown: reasons ?? [result.reason] };
  return reasons === undefined ? plain(result.value) : { known: plain(result.value), unknown: reasons };
}

/** Turns maps and objects of an expression into JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  const entries = value instanceof Map ? [...value] : Object.entries(Object(value));
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(entries.map(([key, entry]) => [key, plain(entry)]))
    : value;
}

function shown(names: readonly string[], { facts }: Subject): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, factValue(facts.get(name))]));
}

function factValue(fact: Fact | undefined): unknown {
  if (fact === undefined) return { problem: 'unsupported', reason: 'it was not collected' };
  if (!fact.ok) return whyNot(fact);
  const { value, partial, ...lacks } = fact.parsed;
  const { unreadable = {}, unsupported = {}, within = {} } = lacks;
  const parts = Object.entries({ unreadable, unsupported, within });
  return {
    value,
    ...(partial === undefined ? {} : { partial }),
    ...Object.fromEntries(parts.filter(([, part]) => Object.keys(part).length > 0)),
  };
}
