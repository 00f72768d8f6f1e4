/** A snapshot's table of contents. It may come from anywhere, so nothing of it is believed before it was looked at. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { HOST_NAME_HINT, isGroupName, isHostName, isPathName } from '../inventory/names.ts';
import {
  type Evidence,
  type HostEvidence,
  type Json,
  type Medium,
  PROBLEMS,
  type Problem,
  type Snapshot,
} from '../model.ts';
import { readFound } from '../read.ts';

export const FORMAT = 'twlint-snapshot/1';

/** The whole of a snapshot but the answers, which are files of their own. */
export interface Manifest extends Omit<Snapshot, 'hosts'> {
  format: typeof FORMAT;
  hosts: (Omit<HostEvidence, 'evidence'> & { evidence: ManifestEntry[] })[];
}

/** An entry without a problem has its answer in a file. */
export interface ManifestEntry
  extends Pick<Evidence, 'probe' | 'namespace' | 'sample' | 'origin' | 'remark' | 'pieces' | 'partial'> {
  problem?: Problem;
  reason?: string;
  program?: string;
}

const AGAIN = 'collect the snapshot again';

/** Reads a manifest. Throws a UserError where it is not what `writeSnapshot` writes. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path))
    throw new UserError(`${folder} is no snapshot: it has no manifest.json`, {
      hint: 'twlint collect -o DIR writes one',
    });
  const manifest = parsed(folder, path);
  const format = isObject(manifest) ? manifest.format : undefined;
  if (format !== FORMAT)
    throw new UserError(`${folder}: a snapshot of format ${JSON.stringify(format)?.slice(0, 80)}`, {
      hint: `this twlint reads ${FORMAT}`,
    });
  const wrong = whatIsWrong(MANIFEST, manifest, 'it');
  if (wrong !== null) throw new UserError(`${path}: ${wrong}`, { hint: AGAIN });
  const { hosts } = manifest as unknown as Manifest;
  const misnamed = hosts.find(({ host, medium }) => !isNameOf(host.name, medium));
  if (misnamed !== undefined)
    throw new UserError(`${path}: ${JSON.stringify(misnamed.host.name)} can't be a host's name`, {
      hint: HOST_NAME_HINT,
    });
  const names = hosts.flatMap(({ host, evidence }) => [
    host.name,
    ...evidence.map((it) => nameOf(host.name, it)),
  ]);
  if (new Set(names).size < names.length)
    throw new UserError(`${path}: a host or an answer is listed twice`, { hint: AGAIN });
  return manifest as unknown as Manifest;
}

/** True when the name fits: what was read at a path is called by that path where nothing else names it. */
const isNameOf = (name: string, medium: Medium | undefined) =>
  isHostName(name) || (medium !== undefined && isPathName(name));

const nameOf = (host: string, { probe, namespace, sample }: ManifestEntry) =>
  JSON.stringify([host, probe, namespace, sample]);

/** Parses a JSON file. A parser's complaint quotes what may be the content of any file, so it is not reported. */
function parsed(folder: string, path: string): Json {
  const text = withPath(path, () => readFound(path, folder));
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new UserError(`${path}: it is no JSON`, { hint: AGAIN, cause });
  }
}

/** Reads a file in a snapshot: throws a UserError with the reason when it can't be read. */
export function withPath<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new UserError(`${path}: ${(cause as Error).message}`, { hint: AGAIN, cause });
  }
}

/** The shape of a value: a test, a list of such, or an object with such fields (`?` where it may be missing). */
type Shape =
  | { is: (value: Json) => boolean; what: string }
  | readonly [Shape]
  | { fields: Record<string, Shape> };

const isObject = (value: Json | undefined): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Shape = { is: (value) => typeof value === 'string', what: 'text' };
/** The shape of the number of a line, a column or a part. */
const ordinal: Shape = {
  is: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  what: 'a number above 0',
};
const index: Shape = {
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  what: 'a number from 0',
};
/** Tells whether a value is a time. Date.parse takes any words in brackets for a comment. */
const isTime = (value: Json) =>
  typeof value === 'string' && /^[\dTZ:.+-]+$/.test(value) && !Number.isNaN(Date.parse(value));
const time: Shape = { is: isTime, what: 'a time' };
const timeOrNull: Shape = { is: (value) => value === null || isTime(value), what: 'a time or null' };
const oneOf = (...choices: Json[]): Shape => ({
  is: (value) => choices.includes(value),
  what: choices.join(' or '),
});
const problem = oneOf(...PROBLEMS);

function isReached(value: Json): boolean {
  if (!isObject(value)) return false;
  const { ok, problem: why = null, reason } = value;
  return (
    ok === true || (ok === false && PROBLEMS.some((known) => known === why) && typeof reason === 'string')
  );
}

const HOST: Shape = {
  fields: {
    host: {
      fields: {
        name: text,
        source: { fields: { file: text, line: ordinal, column: ordinal } },
        groups: [
          {
            is: (value) => typeof value === 'string' && isGroupName(value),
            what: 'the name of a group',
          },
        ],
        vars: { is: isObject, what: 'an object' },
      },
    },
    'position?': index,
    'askedAt?': { fields: { from: time, to: time } },
    'planned?': { fields: { facts: [text], twice: [text] } },
    'medium?': {
      fields: {
        kind: oneOf('image', 'archive'),
        path: text,
        takenAt: timeOrNull,
        'prefix?': text,
        'files?': [{ fields: { path: text, takenFor: [text], leftOut: [text] } }],
      },
    },
    reached: { is: isReached, what: 'ok, or a problem and a reason' },
    evidence: [
      {
        fields: {
          probe: text,
          namespace: {
            is: (value) => value === null || typeof value === 'string',
            what: 'text or null',
          },
          sample: oneOf(0, 1),
          'origin?': text,
          'remark?': text,
          'pieces?': [{ fields: { from: ordinal, origin: text, line: ordinal } }],
          'partial?': text,
          'problem?': problem,
          'reason?': text,
          'program?': text,
        },
      },
    ],
  },
};

const MANIFEST: Shape = {
  fields: {
    startedAt: time,
    finishedAt: time,
    interrupted: oneOf(true, false),
    'shard?': { fields: { number: ordinal, of: ordinal } },
    hosts: [HOST],
  },
};

/** Returns what is wrong with a host of a manifest, as `it.reached should be ok, ...`; null: nothing. */
export function wrongInHost(value: Json): string | null {
  const wrong = whatIsWrong(HOST, value, 'it');
  if (wrong !== null) return wrong;
  const { host, medium, evidence } = value as unknown as Manifest['hosts'][number];
  if (!isNameOf(host.name, medium)) return `${JSON.stringify(host.name)} can't be a host's name`;
  const names = evidence.map((entry) => nameOf(host.name, entry));
  return new Set(names).size < names.length ? 'an answer is listed twice' : null;
}

/** Returns the first fault, as `it.hosts[0].reached.ok should be true or false`; null where there is none. */
function whatIsWrong(shape: Shape, value: Json | undefined, path: string): string | null {
  if ('is' in shape) return value !== undefined && shape.is(value) ? null : `${path} should be ${shape.what}`;
  if (!('fields' in shape)) {
    if (!Array.isArray(value)) return `${path} should be a list`;
    return first(value.map((item, i) => () => whatIsWrong(shape[0], item, `${path}[${i}]`)));
  }
  if (!isObject(value)) return `${path} should be an object`;
  return first(
    Object.entries(shape.fields).map(([field, inner]) => () => {
      const key = field.replace('?', '');
      const isLeftOut = key !== field && value[key] === undefined;
      return isLeftOut ? null : whatIsWrong(inner, value[key], `${path}.${key}`);
    }),
  );
}

function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== null) return wrong;
  }
  return null;
}
