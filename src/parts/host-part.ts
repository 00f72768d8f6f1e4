/**
 * A part of a host: the result of auditing it, as it leaves the process that did it. It holds what was found on the host
 * by itself, and the answers that are read beside other hosts', as the host printed them. Whoever merges parts reads
 * these answers with the same readers that read a host, so that a part can say no more than a host could.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { wrongInHost } from '../collect/manifest.ts';
import { UserError } from '../errors.ts';
import type { HalfResult } from '../evaluate/report.ts';
import { reportSchema } from '../formats/report-schema.ts';
import type { Evidence, Finding, Gap, HostEvidence, HostSummary, Json } from '../model.ts';
import { againstSchema } from './against-schema.ts';
import { fittingAnswers } from './fitting-answers.ts';

export interface HostPart extends HalfResult {
  /** Its place among all hosts of the run, from 0. */
  position: number;
}

/** Bytes of a part that is not compressed: a host may answer with 64 MiB in each sample. */
export const LARGEST_PART = 256 * 2 ** 20;

/** The rest is for what was found. */
const MOST_OF_ANSWERS = LARGEST_PART - 64 * 2 ** 20;

/** Returns a part as bytes: a line of JSON, gzipped. Parts of hosts one after the other are a gzip file, too. */
export function encodeHostPart(part: HostPart): Uint8Array {
  return gzipSync(`${JSON.stringify(toJson(part))}\n`);
}

/** Where a part came from. */
interface Origin {
  /** What messages call it: a file and its line, a job. */
  where: string;
  /** The host that it has to be of; null: any. */
  host: string | null;
}

/** Throws a UserError where it is not what `encodeHostPart` makes of a part of that host. */
export function decodeHostPart(bytes: Uint8Array, origin: Origin): HostPart {
  return hostPartFrom(unzipped(bytes, origin.where), origin);
}

function unzipped(bytes: Uint8Array, where: string): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_PART }).toString('utf8');
  } catch (cause) {
    const isLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const what = isLarge
      ? `more than ${LARGEST_PART / 2 ** 20} MiB, which is not read`
      : 'it is damaged: no gzip';
    throw new UserError(`${where}: ${what}`, { hint: AGAIN, cause });
  }
}

const AGAIN = 'it is not what an audit writes: audit its hosts again';

/** Reads a part that is a line of JSON. Throws a UserError as `decodeHostPart` does. */
export function hostPartFrom(text: string, { where, host }: Origin): HostPart {
  const value = parsed(text, where);
  const written = value as unknown as Written;
  const wrong = wrongInHost(value) ?? wrongInText(written);
  if (wrong !== null) throw new UserError(`${where}: ${wrong}`, { hint: AGAIN });
  const part = fromJson(written);
  const fault = wrongInResult(part, written, host);
  if (fault !== null) throw new UserError(`${where}: host ${part.host.name}: ${fault}`, { hint: AGAIN });
  return part;
}

/** A parser's complaint quotes what may be the content of any file, so it is not reported. */
function parsed(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new UserError(`${where}: it is no JSON`, { hint: AGAIN, cause });
  }
}

/** A part as JSON. */
interface Written extends Omit<HostEvidence, 'evidence'> {
  position: number;
  kernel: string | null;
  namespaces: string[];
  findings: Finding[];
  gaps: Gap[];
  evidence: WrittenAnswer[];
}

type Problematic = Extract<Evidence['answer'], { ok: false }>;
type WrittenAnswer = Omit<Evidence, 'answer'> & ({ text: string } | Omit<Problematic, 'ok'>);

function toJson({ position, kept, summary, findings, gaps }: HostPart): Written {
  const { kernel, namespaces } = summary;
  return {
    ...kept,
    position,
    kernel,
    namespaces,
    findings: [...findings],
    gaps,
    evidence: fittingAnswers(kept.evidence, MOST_OF_ANSWERS).map(answerToJson),
  };
}

function answerToJson({ answer, ...about }: Evidence): WrittenAnswer {
  if (answer.ok) return { ...about, text: answer.value };
  const { ok: _, ...missing } = answer;
  return { ...about, ...missing };
}

/** Takes what is known of a part, and nothing else that somebody may have put there. */
function fromJson({ position, kernel, namespaces, findings, gaps, ...written }: Written): HostPart {
  const { reached, askedAt, planned, medium } = written;
  const { name, source, groups, vars } = written.host;
  const host = { name, source, groups, vars };
  const kept: HostEvidence = {
    host,
    ...(askedAt !== undefined && { askedAt }),
    reached,
    evidence: written.evidence.map(answerFrom),
    ...(planned !== undefined && { planned }),
    ...(medium !== undefined && { medium }),
  };
  const summary: HostSummary = {
    name,
    source,
    reached,
    kernel,
    namespaces,
    ...(medium !== undefined && { medium }),
  };
  return { position, host, kept, summary, findings, gaps };
}

function answerFrom(written: WrittenAnswer): Evidence {
  const { probe, namespace, sample, origin, remark, pieces, partial } = written;
  return {
    probe,
    namespace,
    sample,
    answer: 'text' in written ? { ok: true, value: written.text } : problemFrom(written),
    ...(origin !== undefined && { origin }),
    ...(remark !== undefined && { remark }),
    ...(pieces !== undefined && { pieces }),
    ...(partial !== undefined && { partial }),
  };
}

const problemFrom = ({ problem, reason, program }: Omit<Problematic, 'ok'>): Problematic => ({
  ok: false,
  problem,
  reason,
  ...(program !== undefined && { program }),
});

/** An answer is a text, or a problem and its reason. */
function wrongInText({ position, evidence }: Written): string | null {
  if (position === undefined) return 'it has no position';
  const odd = evidence.findIndex((entry) => {
    const { text, problem, reason } = entry as unknown as Record<string, Json | undefined>;
    return problem === undefined
      ? typeof text !== 'string'
      : text !== undefined || typeof reason !== 'string';
  });
  return odd < 0 ? null : `it.evidence[${odd}] should have a text, or a problem and a reason`;
}

const REPORT = reportSchema();

/** Holds what was found to the schema of reports, and to its own host. */
function wrongInResult(
  { host, summary, gaps }: HostPart,
  { findings }: Written,
  expected: string | null,
): string | null {
  if (expected !== null && host.name !== expected) return `it should be of ${expected}`;
  const { hosts, ...properties } = REPORT.properties as Record<string, Record<string, Json>>;
  const results: [Json | undefined, unknown, string][] = [
    [hosts?.items, summary, 'it'],
    [properties.findings, findings, 'findings'],
    [properties.gaps, gaps, 'gaps'],
  ];
  for (const [schema = false, value, name] of results) {
    const fault = againstSchema(schema, value as Json, REPORT, name);
    if (fault !== null) return fault;
  }
  const speaksOf = [...findings, ...gaps].find((one) => !isOf(one, summary));
  if (speaksOf !== undefined)
    return `it speaks of ${speaksOf.host}/${speaksOf.namespace}, which is not its own`;
  const joined = findings.find((finding) => !isOfOneHost(finding));
  return joined === undefined ? null : `its finding of ${joined.rule} is of more than one host`;
}

const isOf = ({ host, namespace }: Finding | Gap, { name, namespaces }: HostSummary): boolean =>
  host === name && (namespace === null || namespaces.includes(namespace));

/** Tells whether a finding is as the rules about one host leave it: what comes of others is joined later. */
const isOfOneHost = ({ path, foldedInto, alike, waiver, expired, baseline }: Finding): boolean =>
  path === null &&
  foldedInto === null &&
  [alike, waiver, expired, baseline].every((added) => added === undefined);
