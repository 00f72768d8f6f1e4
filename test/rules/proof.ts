/** The proofs of rules, as data: `test/rules/ID/proof.yaml`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

/** The ways in which a defect is made real, the best first. */
const REALITIES = ['namespace', 'vm', 'emulated', 'image', 'captured'] as const;
export type Reality = (typeof REALITIES)[number];

/** The proof of one rule. Its texts are shell, run with the functions of shell.sh. */
export interface Proof {
  id: string;
  /** Where it lies, with the files that its scripts read as `$FILES`. */
  folder: string;
  real: Reality;
  /** The reason why the defect is not real in a namespace or a machine; empty where it is. */
  because: string;
  /** Makes the defect. */
  provoke: string;
  /** Makes the twin that looks like it, and is healthy. */
  healthy: string;
  /** Runs between two samples, where the rule is about what grows; empty: there is one sample. */
  growing: string;
  /** Runs after each remedy and undoing, where the fix says that something has to be started again; else empty. */
  restart: string;
  /** Succeeds where the defect is there. */
  observe: string;
  /** The same in words, for the table. */
  observed: string;
  /** A part of the finding's message. */
  says: string;
  /** The rules whose findings come with the defect. */
  with: string[];
  /** The rules whose findings come with it now and then. */
  mayCome: string[];
  /** The rules whose warnings or errors the healthy twin has all the same. */
  healthyWith: string[];
  /** The reason why no machine can mend it; empty where `twlint fix` does. */
  stays: string;
  /** Mends it as the fix says, where no machine can; empty: it is not tried. */
  mend: string;
}

/** What a file may leave out. */
const DEFAULTS = {
  because: '',
  healthy: ':',
  growing: '',
  restart: '',
  with: [],
  mayCome: [],
  healthyWith: [],
  stays: '',
  mend: '',
};

const TEXTS = [
  'real',
  'because',
  'provoke',
  'healthy',
  'growing',
  'restart',
  'observe',
  'observed',
  'says',
  'stays',
  'mend',
];
const LISTS = ['with', 'mayCome', 'healthyWith'];

export const FOLDER = import.meta.dirname;

/** Returns the rules that have a folder here. */
export const provenIds = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'proof.yaml')))
    .sort();

/** Reads a proof; throws with what is wrong with it. */
export function readProof(id: string): Proof {
  const folder = join(FOLDER, id);
  const data = load(readFileSync(join(folder, 'proof.yaml'), 'utf8')) as Record<string, unknown>;
  const proof = { ...DEFAULTS, ...data, id, folder } as unknown as Proof;
  const wrong = mistakesIn(data, proof);
  if (wrong.length > 0) throw new Error(`test/rules/${id}/proof.yaml: ${wrong.join('; ')}`);
  return proof;
}

function mistakesIn(data: Record<string, unknown>, proof: Proof): string[] {
  const isList = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
  const kinds: [string, boolean][] = [
    ...TEXTS.map((key): [string, boolean] => [key, typeof proof[key as keyof Proof] === 'string']),
    ...LISTS.map((key): [string, boolean] => [key, isList(proof[key as keyof Proof])]),
  ];
  const isReal = proof.real === 'namespace' || proof.real === 'vm';
  return [
    ...Object.keys(data).flatMap((key) =>
      [...TEXTS, ...LISTS].includes(key) ? [] : [`${key} is no key of a proof`],
    ),
    ...kinds.flatMap(([key, isRight]) => (isRight ? [] : [`${key} is missing or of the wrong kind`])),
    ...(REALITIES.includes(proof.real) ? [] : [`real is one of ${REALITIES.join(', ')}`]),
    ...(isReal === (proof.because === '') ? [] : ['because says why it is not real, and only then']),
    ...(proof.mend !== '' && proof.stays === '' ? ['mend is for what stays'] : []),
  ];
}
