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
import {
  INDEX,
  isObject,
  ORDINAL,
  oneOf,
  type Shape,
  TEXT,
  TIME,
  TIME_OR_NULL,
  whatIsWrong,
} from './shape.ts';

/** The answers of a host are a file. */
export const FORMAT = 'twlint-snapshot/2';

/** Each answer is a file, and the manifest lists them. */
const FIRST_FORMAT = 'twlint-snapshot/1';

/** All of a host but its answers. */
export type ManifestHost = Omit<HostEvidence, 'evidence'>;

type Run = Omit<Snapshot, 'hosts'>;

export interface Manifest extends Run {
  format: typeof FORMAT;
  hosts: ManifestHost[];
}

export interface FirstManifest extends Run {
  format: typeof FIRST_FORMAT;
  hosts: ListedHost[];
}

export interface ListedHost extends ManifestHost {
  evidence: EvidenceEntry[];
}

/** An answer without its text; it has one where there is no problem. */
export interface EvidenceEntry
  extends Pick<Evidence, 'probe' | 'namespace' | 'sample' | 'origin' | 'remark' | 'pieces' | 'partial'> {
  problem?: Problem;
  reason?: string;
  program?: string;
}

export const AGAIN = 'collect the snapshot again';

/** Reads a manifest. Throws a UserError where it is not what was ever written as one. */
export function readManifest(folder: string): Manifest | FirstManifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path))
    throw new UserError(`${folder} is no snapshot: it has no manifest.json`, {
      hint: 'twlint collect -o DIR writes one',
    });
  const read = parsed(folder, path);
  const format = isObject(read) ? read.format : undefined;
  if (format !== FORMAT && format !== FIRST_FORMAT)
    throw new UserError(`${folder}: a snapshot of format ${JSON.stringify(format)?.slice(0, 80)}`, {
      hint: `this twlint reads ${FIRST_FORMAT} and ${FORMAT}`,
    });
  const wrong = whatIsWrong(format === FORMAT ? MANIFEST : FIRST_MANIFEST, read, 'it');
  if (wrong !== null) throw new UserError(`${path}: ${wrong}`, { hint: AGAIN });
  const manifest = read as unknown as Manifest | FirstManifest;
  const misnamed = manifest.hosts.find(({ host, medium }) => !isNameOf(host.name, medium));
  if (misnamed !== undefined)
    throw new UserError(`${path}: ${JSON.stringify(misnamed.host.name)} can't be a host's name`, {
      hint: HOST_NAME_HINT,
    });
  const names = manifest.hosts.map(({ host }) => host.name);
  const isTwice =
    manifest.format === FIRST_FORMAT && manifest.hosts.some(({ evidence }) => hasTwice(evidence));
  if (new Set(names).size < names.length || isTwice)
    throw new UserError(`${path}: a host or an answer is listed twice`, { hint: AGAIN });
  return manifest;
}

/** True when the name fits: what was read at a path is called by that path where nothing else names it. */
const isNameOf = (name: string, medium: Medium | undefined) =>
  isHostName(name) || (medium !== undefined && isPathName(name));

export function hasTwice(entries: readonly EvidenceEntry[]): boolean {
  const names = entries.map(({ probe, namespace, sample }) => JSON.stringify([probe, namespace, sample]));
  return new Set(names).size < names.length;
}

/** Parses a JSON file. A parser's complaint quotes what may be the content of any file, so it is not reported. */
function parsed(folder: string, path: string): Json {
  const content = withPath(path, () => readFound(path, folder));
  try {
    return JSON.parse(content) as Json;
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

function isReached(value: Json): boolean {
  if (!isObject(value)) return false;
  const { ok, problem: why = null, reason } = value;
  return (
    ok === true || (ok === false && PROBLEMS.some((known) => known === why) && typeof reason === 'string')
  );
}

const HOST = {
  host: {
    fields: {
      name: TEXT,
      source: { fields: { file: TEXT, line: ORDINAL, column: ORDINAL } },
      groups: [
        {
          is: (value) => typeof value === 'string' && isGroupName(value),
          what: 'the name of a group',
        },
      ],
      vars: { is: isObject, what: 'an object' },
    },
  },
  'position?': INDEX,
  'askedAt?': { fields: { from: TIME, to: TIME } },
  'planned?': { fields: { facts: [TEXT], twice: [TEXT] } },
  'medium?': {
    fields: {
      kind: oneOf('image', 'archive'),
      path: TEXT,
      takenAt: TIME_OR_NULL,
      'prefix?': TEXT,
      'files?': [{ fields: { path: TEXT, takenFor: [TEXT], leftOut: [TEXT] } }],
    },
  },
  reached: { is: isReached, what: 'ok, or a problem and a reason' },
} satisfies Record<string, Shape>;

export const ENTRY: Shape = {
  fields: {
    probe: TEXT,
    namespace: {
      is: (value) => value === null || typeof value === 'string',
      what: 'text or null',
    },
    sample: oneOf(0, 1),
    'origin?': TEXT,
    'remark?': TEXT,
    'pieces?': [{ fields: { from: ORDINAL, origin: TEXT, line: ORDINAL } }],
    'partial?': TEXT,
    'problem?': oneOf(...PROBLEMS),
    'reason?': TEXT,
    'program?': TEXT,
  },
};

const LISTED_HOST: Shape = { fields: { ...HOST, evidence: [ENTRY] } };

const RUN = {
  startedAt: TIME,
  finishedAt: TIME,
  interrupted: oneOf(true, false),
  'shard?': { fields: { number: ORDINAL, of: ORDINAL } },
} satisfies Record<string, Shape>;

const MANIFEST: Shape = { fields: { ...RUN, hosts: [{ fields: HOST }] } };
const FIRST_MANIFEST: Shape = { fields: { ...RUN, hosts: [LISTED_HOST] } };

/** Returns what is wrong with a host that has its answers listed, as `it.reached should be ok, ...`; null: nothing. */
export function wrongInHost(value: Json): string | null {
  const wrong = whatIsWrong(LISTED_HOST, value, 'it');
  if (wrong !== null) return wrong;
  const { host, medium, evidence } = value as unknown as ListedHost;
  if (!isNameOf(host.name, medium)) return `${JSON.stringify(host.name)} can't be a host's name`;
  return hasTwice(evidence) ? 'an answer is listed twice' : null;
}
