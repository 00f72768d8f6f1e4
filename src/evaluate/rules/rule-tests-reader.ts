import type { Parsed, Type } from '../../define.ts';
import { nearest } from '../../errors.ts';
import { type Json, PROBLEMS, type Problem, type Severity, type Source, type Verdict } from '../../model.ts';
import { emptyTable } from '../../word-table.ts';
import type { Section, YamlDocument } from '../../yaml-document.ts';
import { sectionAt } from '../../yaml-document.ts';
import { filled } from '../fixture.ts';
import { type EvidenceLocation, namedEvidence } from '../recorded-evidence.ts';
import { joinLacks, lacksAt } from './given-lacks.ts';
import { EXPECT_KEYS, SEVERITIES, TEST_KEYS, VERDICTS } from './rule-shape.ts';

/** A fact of a test: its value and what is missing in it, or the reason why all of it is. */
type FixtureFact = { ok: true; value: Parsed<unknown> } | { ok: false; problem: Problem };

/** A test inside a rule. */
export type RuleTest = { name: string; source: Source } & (
  | {
      kind: 'given';
      facts: Record<string, FixtureFact>;
      /** True when the facts are not whole: `partial` is given. */
      isPartial: boolean;
      verdict: Verdict;
      /** The severity of a failure; null: the rule's. */
      severity: Severity | null;
      /** The part of the message that is expected; empty: any. */
      message: string;
    }
  /** Recorded evidence, and for each verdict given all its subjects: `s2/init`, or `s2` for a host's rule. */
  | ({ kind: 'evidence'; subjects: Partial<Record<Verdict, string[]>> } & EvidenceLocation)
);

type Types = Readonly<Record<string, Type>>;

/** Reads the tests, and insists on one that fails, one that passes and one in which a fact is missing. */
export function readTests(
  top: Section,
  location: EvidenceLocation,
  types: Types,
  document: YamlDocument,
): RuleTest[] {
  const list = top.value.tests;
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    document.fail(['tests'], 'tests should be a list');
    return [];
  }
  const errorsBefore = document.errors.length;
  const tests = list.flatMap((test, i) => readTest(document, ['tests', i], test, location, types) ?? []);
  if (document.errors.length === errorsBefore) checkEnough(tests, document);
  return tests;
}

function checkEnough(tests: readonly RuleTest[], document: YamlDocument): void {
  const lacking = [
    tests.some((test) => expects(test, 'fail')) ? [] : ['one that expects fail'],
    tests.some((test) => expects(test, 'pass')) ? [] : ['one that expects pass'],
    tests.some((test) => expects(test, 'unknown') && lacksFact(test))
      ? []
      : ['one that expects unknown since a fact is missing, as in `given: { sysctl: denied }`'],
  ].flat();
  if (lacking.length > 0)
    document.fail(['tests'], `there is no test yet: ${lacking.join('; ')}`, null, 'key');
}

function expects(test: RuleTest, verdict: Verdict): boolean {
  return test.kind === 'given' ? test.verdict === verdict : (test.subjects[verdict]?.length ?? 0) > 0;
}

function lacksFact(test: RuleTest): boolean {
  return test.kind === 'evidence' || Object.values(test.facts).some(({ ok }) => !ok);
}

function readTest(
  document: YamlDocument,
  path: readonly (string | number)[],
  value: Json,
  location: EvidenceLocation,
  types: Types,
): RuleTest | null {
  const test = sectionAt(document, path, value, TEST_KEYS);
  if (test === null) return null;
  const start = { name: test.oneLine('name') ?? '', source: document.yaml.at(path) };
  const evidence = namedEvidence(test, location, document);
  if ((evidence === null) === (test.value.given === undefined)) {
    document.fail(path, 'a test has either given or evidence');
    return null;
  }
  if (evidence === null)
    return {
      ...start,
      kind: 'given',
      ...expectation(test, document),
      isPartial: test.value.partial !== undefined,
      facts: lessPartial(fixtureFacts(test, types, document), test, types, document),
    };
  return {
    ...start,
    kind: 'evidence',
    ...evidence,
    subjects: expectedSubjects(test, document),
  };
}

function fixtureFacts(test: Section, types: Types, document: YamlDocument): Record<string, FixtureFact> {
  const fixture = test.section('given', { required: [], optional: Object.keys(types) });
  const facts = emptyTable<FixtureFact>();
  for (const [fact, value] of Object.entries(fixture?.value ?? {})) {
    const type = types[fact];
    if (type === undefined) continue;
    const problem = PROBLEMS.find((candidate) => candidate === value);
    const path = [...test.path, 'given', fact];
    const fail = (inner: (string | number)[], message: string, hint: string | null) =>
      document.fail([...path, ...inner], message, hint);
    if (problem !== undefined) facts[fact] = { ok: false, problem };
    else if (typeof value === 'string')
      document.fail(path, `"${value}" is no fact and no problem`, nearestProblem(value));
    else facts[fact] = { ok: true, value: { value: filled(type, value, fail) } };
  }
  for (const [fact, type] of Object.entries(types))
    facts[fact] ??= { ok: true, value: { value: filled(type, undefined, () => {}) } };
  return facts;
}

/** Takes from the facts what `partial` names. */
function lessPartial(
  facts: Record<string, FixtureFact>,
  test: Section,
  types: Types,
  document: YamlDocument,
): Record<string, FixtureFact> {
  if (test.value.partial === undefined) return facts;
  for (const [i, text] of (test.texts('partial') ?? []).entries()) {
    const [fact = '', ...keys] = text.split('.');
    const given = facts[fact];
    const type = types[fact];
    const lacks = type === undefined ? null : lacksAt(type, keys);
    if (given?.ok && lacks !== null)
      facts[fact] = { ok: true, value: { ...given.value, ...joinLacks(given.value, lacks) } };
    else
      document.fail([...test.path, 'partial', i], `"${text}" is no fact that is given, nor an entry of one`);
  }
  return facts;
}

function nearestProblem(word: string): string {
  const near = nearest(word, PROBLEMS);
  return near === null ? `a missing fact is one of ${PROBLEMS.join(', ')}` : `did you mean ${near}?`;
}

/** `expect: pass`, or `expect: { verdict: fail, message: part of it }`. */
function expectation(
  test: Section,
  document: YamlDocument,
): { verdict: Verdict; severity: Severity | null; message: string } {
  if (typeof test.value.expect === 'string')
    return { verdict: test.choice('expect', VERDICTS) ?? 'pass', severity: null, message: '' };
  const expect = test.section('expect', EXPECT_KEYS);
  if (expect === null && test.value.expect !== undefined)
    document.fail([...test.path, 'expect'], 'what is expected?');
  return {
    verdict: expect?.choice('verdict', VERDICTS) ?? 'pass',
    severity: expect?.choice('severity', SEVERITIES) ?? null,
    message: expect?.text('message') ?? '',
  };
}

/** `expect: { fail: [s2/init] }` */
function expectedSubjects(test: Section, document: YamlDocument): Partial<Record<Verdict, string[]>> {
  const expect = test.section('expect', { required: [], optional: VERDICTS });
  const subjects: Partial<Record<Verdict, string[]>> = {};
  for (const verdict of VERDICTS) {
    const value = expect?.value[verdict];
    if (value === undefined) continue;
    subjects[verdict] = Array.isArray(value) && value.length === 0 ? [] : (expect?.texts(verdict) ?? []);
  }
  if (expect !== null && Object.keys(subjects).length === 0)
    document.fail([...test.path, 'expect'], 'what is expected?');
  return subjects;
}
