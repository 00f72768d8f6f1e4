/**
 * A host's file in a snapshot: of each answer a line of JSON that says what it is of, and below it the answer, each of its
 * lines behind a tab; an empty line between two. The last line says how many there are.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Evidence, Json } from '../model.ts';
import { AGAIN, ENTRY, type EvidenceEntry, hasTwice } from './manifest.ts';
import { whatIsWrong } from './shape.ts';

/** Returns the name of a host's file, as `s2.txt`. It is made from the name, never read from a manifest. */
export const hostFile = (host: string): string => `${pathSegment(host)}.txt`;

/** The most characters that a file name may have on every system. */
const LONGEST_NAME = 200;

/** Encodes a name as one path segment: no separator, no leading dot. */
export function pathSegment(name: string): string {
  const hex = (char: string) =>
    [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const whole = name.replace(/^\.|[^A-Za-z0-9._-]/gu, hex);
  if (whole.length <= LONGEST_NAME) return whole;
  return `${whole.slice(0, LONGEST_NAME - 33)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

const BETWEEN = '\n\n';

export const printHostFile = (evidence: readonly Evidence[]): string =>
  [...evidence.map(printAnswer), `${lastLine(evidence.length)}\n`].join(BETWEEN);

function printAnswer({ answer, ...about }: Evidence): string {
  if (answer.ok) return `${JSON.stringify(about)}\n\t${answer.value.replaceAll('\n', '\n\t')}`;
  const { ok: _, ...missing } = answer;
  return JSON.stringify({ ...about, ...missing });
}

const lastLine = (answers: number): string => JSON.stringify({ answers });

/** Reads what `printHostFile` has written. Throws a UserError where it is not that, to the last line. */
export function parseHostFile(content: string, path: string): Evidence[] {
  const blocks = content.split(BETWEEN);
  const end = blocks.pop();
  if (end !== `${lastLine(blocks.length)}\n`)
    throw new UserError(`${path}: it is cut off, or was changed: not all answers are there`, { hint: AGAIN });
  const evidence = blocks.map((block, i) => {
    const found = parseAnswer(block);
    if (typeof found !== 'string') return found;
    const before = blocks.slice(0, i).map((one) => `${one}${BETWEEN}`);
    const line = before.join('').split('\n').length;
    throw new UserError(`${path}:${line}: ${found}`, { hint: AGAIN });
  });
  if (hasTwice(evidence)) throw new UserError(`${path}: an answer is listed twice`, { hint: AGAIN });
  return evidence;
}

/** Reads an answer; a text says what is wrong with it. */
function parseAnswer(block: string): Evidence | string {
  const [heading = ''] = block.split('\n', 1);
  const entry = parseEntry(heading);
  if (typeof entry === 'string') return entry;
  const body = block.slice(heading.length);
  if (entry.problem !== undefined) return body === '' ? withAnswer(entry, null) : 'an answer, and a problem';
  if (body === '' || /\n(?!\t)/.test(body)) return 'the lines of an answer should begin with a tab';
  return withAnswer(entry, body.slice(2).replaceAll('\n\t', '\n'));
}

function parseEntry(heading: string): EvidenceEntry | string {
  const value = jsonIn(heading);
  if (value === undefined) return 'it is no JSON';
  return whatIsWrong(ENTRY, value, 'it') ?? (value as unknown as EvidenceEntry);
}

/** A parser's complaint quotes what may be the content of any file, so it is not reported. */
function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Returns an entry with its text; null where it has a problem. */
export function withAnswer(entry: EvidenceEntry, value: string | null): Evidence {
  const { problem, reason = '', program, ...about } = entry;
  if (problem !== undefined)
    return { ...about, answer: { ok: false, problem, reason, ...(program !== undefined && { program }) } };
  return { ...about, answer: { ok: true, value: value ?? '' } };
}
