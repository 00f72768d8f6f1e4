/** Reads files of intents. */
import { throwIfAny, UserError } from '../errors.ts';
import { type EvidenceLocation, namedEvidence } from '../evaluate/recorded-evidence.ts';
import { SEVERITIES } from '../evaluate/rules/rule-shape.ts';
import type { Json } from '../model.ts';
import { openYamlDocument, type Section, sectionAt, type YamlDocument } from '../yaml-document.ts';
import type { Expectation, Intent, IntentTest, IntentVerdict } from './intent.ts';
import { parseDestinationWord, parseNodeName, parseSender, parseSourceExpectation } from './intent-words.ts';

export const INTENT_KEYS = {
  required: ['name', 'from', 'to', 'expect'],
  optional: ['why', 'severity', 'tests'],
} as const;

export const INTENT_TEST_KEYS = { required: ['name', 'evidence', 'expect'] } as const;

export const INTENT_VERDICTS: readonly IntentVerdict[] = ['held', 'violated', 'unknown'];

export const EXPECTATIONS = ['delivered', 'source', 'clocks', 'via'] as const;

/**
 * Reads the intents of a file, named as messages show it. Throws UserErrors with all mistakes in it.
 *
 * @param location the folder in which their tests have their evidence
 */
export function readIntents(text: string, file: string, location: EvidenceLocation): Intent[] {
  const document = openYamlDocument(text, file, 'a file of intents');
  const top = sectionAt(document, [], document.yaml.value, { required: ['intents'] });
  const intents = top === null ? [] : intentsIn(top, location, document);
  throwIfAny(document.errors);
  return intents;
}

function intentsIn(
  { value: { intents } }: Section,
  location: EvidenceLocation,
  document: YamlDocument,
): Intent[] {
  if (Array.isArray(intents) && intents.length > 0)
    return intents.flatMap((value, i) => intentFrom(value, i, location, document) ?? []);
  if (intents !== undefined) document.fail(['intents'], 'intents should be a list, and not empty');
  return [];
}

function intentFrom(
  value: Json,
  index: number,
  location: EvidenceLocation,
  document: YamlDocument,
): Intent | null {
  const path = ['intents', index];
  const section = sectionAt(document, path, value, INTENT_KEYS);
  if (section === null) return null;
  const name = section.oneLine('name');
  const id = name === null ? '' : intentId(name);
  if (name !== null && id === ID_PREFIX)
    document.fail([...path, 'name'], `"${name}" has no letters or digits to make an id of`);
  const from = wordsAt(section, 'from', document, parseSender);
  const [to] = wordAt(section, 'to', document, parseDestinationWord);
  const expected = section.section('expect', { required: [], optional: EXPECTATIONS });
  const expect = expected === null ? null : expectationFrom(expected, document);
  const why = section.text('why') ?? '';
  const severity = section.choice('severity', SEVERITIES) ?? 'error';
  const tests = section.value.tests === undefined ? [] : testsIn(section, location, document);
  if (name === null || to === undefined || from.length === 0 || expect === null) return null;
  const text = textOf(section.value);
  return {
    name,
    id,
    severity,
    why,
    text,
    from,
    to,
    expect,
    tests,
    source: document.yaml.at([...path, 'name']),
  };
}

function testsIn({ path, value }: Section, location: EvidenceLocation, document: YamlDocument): IntentTest[] {
  const { tests } = value;
  if (Array.isArray(tests))
    return tests.flatMap((test, i) => testFrom(test, [...path, 'tests', i], location, document) ?? []);
  document.fail([...path, 'tests'], 'tests should be a list');
  return [];
}

function testFrom(
  value: Json,
  path: (string | number)[],
  location: EvidenceLocation,
  document: YamlDocument,
): IntentTest | null {
  const test = sectionAt(document, path, value, INTENT_TEST_KEYS);
  const name = test?.oneLine('name') ?? null;
  const evidence = test && namedEvidence(test, location, document);
  const verdict = test?.choice('expect', INTENT_VERDICTS) ?? null;
  if (name === null || evidence === null || verdict === null) return null;
  return { name, ...evidence, verdict, source: document.yaml.at(path) };
}

function textOf({ from, to, expect }: Section['value']): string {
  const listed = (value: Json | undefined): string => [value].flat().join(', ');
  const expected = Object.entries(expect as Record<string, Json>).map(
    ([key, value]) => `${key} ${listed(value)}`,
  );
  return `from ${listed(from)} to ${listed(to)}: ${expected.join('; ')}`;
}

const ID_PREFIX = 'intent/';

/** Returns the id of an intent: `web reaches the database` is `intent/web-reaches-the-database`. */
const intentId = (name: string): string =>
  `${ID_PREFIX}${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}`;

function expectationFrom(section: Section, document: YamlDocument): Expectation | null {
  const { path, value } = section;
  const fail = (key: string, message: string, hint: string | null = null): null => {
    document.fail([...path, key], message, hint);
    return null;
  };
  const { delivered = null, clocks = null } = value;
  if (delivered !== null && typeof delivered !== 'boolean')
    return fail('delivered', 'delivered should be true or false');
  if (clocks !== null && (typeof clocks !== 'number' || !Number.isInteger(clocks) || clocks < 1))
    return fail('clocks', 'clocks should be a whole number above 0', 'the most that may share an address');
  const [source = null] = wordAt(section, 'source', document, parseSourceExpectation);
  const via = wordsAt(section, 'via', document, parseNodeName);
  const about = EXPECTATIONS.filter((key) => key !== 'delivered' && value[key] !== undefined);
  if (Object.keys(value).length === 0) {
    document.fail(path, 'expect says nothing', `known: ${EXPECTATIONS.join(', ')}`, 'key');
    return null;
  }
  for (const key of delivered === false ? about : [])
    fail(key, `${key} means nothing beside delivered: false`, 'nothing arrives that could have one');
  return { delivered, source, clocks, via };
}

type Parse<T> = (text: string) => T;

/** Reads a word, or a list of them, and reports what is none. */
function wordsAt<T>(section: Section, key: string, document: YamlDocument, parse: Parse<T>): T[] {
  if (!Array.isArray(section.value[key])) return wordAt(section, key, document, parse);
  const texts = section.texts(key) ?? [];
  return texts.flatMap((text, i) => parsed(text, [...section.path, key, i], document, parse));
}

/** Reads one word: none, and reported, where there is something else. */
function wordAt<T>(section: Section, key: string, document: YamlDocument, parse: Parse<T>): T[] {
  const text = section.oneLine(key);
  return text === null ? [] : parsed(text, [...section.path, key], document, parse);
}

function parsed<T>(text: string, path: (string | number)[], document: YamlDocument, parse: Parse<T>): T[] {
  try {
    return [parse(text)];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    document.fail(path, error.message, error.hint);
    return [];
  }
}
