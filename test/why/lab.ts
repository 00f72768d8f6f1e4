/** The labs of `why`, as data: `test/why/labs/NAME.yaml`, each of which breaks one thing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { readProof } from '../rules/proof.ts';

/** A lab. Its texts are shell, run with the functions of test/rules/shell.sh. */
export interface Lab {
  name: string;
  /** The folder that its scripts know as `$FILES`. */
  files: string;
  /** Makes the host that works, and the one that does not. */
  healthy: string;
  broken: string;
  /** Runs between two samples; empty: there is one. */
  growing: string;
  /** The options of `twlint why`; HOST stands for the host's name. */
  why: string;
  /** Succeeds where the packets get their answer. */
  works: string;
  /** What is to be named first; null: nothing is to be named, as nobody can see it. */
  cause: Expected | null;
  /** A part of what is to be told as not seen; empty: whatever. */
  unseen: string;
  /** True where the first command that it prints is to mend it. */
  opens: boolean;
}

/** What is to be said of a cause. */
interface Expected {
  certainty: 'certain' | 'possible';
  title?: string;
  rule?: string;
}

/** A file has `setup` and `fault`, or `proof`: the rule whose proof has made both already. */
interface Written {
  proof?: string;
  setup?: string;
  fault?: string;
  works?: string;
  why: string;
  cause: Expected | 'none';
  unseen?: string;
  opens?: boolean;
}

const FOLDER = join(import.meta.dirname, 'labs');

export const labs: Lab[] = readdirSync(FOLDER)
  .sort()
  .map((file) => {
    const written = load(readFileSync(join(FOLDER, file), 'utf8')) as Written;
    const { why, cause, unseen = '', opens = false } = written;
    const name = file.replace(/\.yaml$/, '');
    return { name, why, cause: cause === 'none' ? null : cause, unseen, opens, ...scriptsOf(written) };
  });

function scriptsOf({
  proof: id,
  setup = '',
  fault = '',
  works = '',
}: Written): Pick<Lab, 'files' | 'healthy' | 'broken' | 'growing' | 'works'> {
  if (id === undefined)
    return { files: FOLDER, healthy: setup, broken: `${setup}\n${fault}`, growing: '', works };
  const { folder, healthy, provoke, growing, observe } = readProof(id);
  const isBroken = `broken() {\n${observe}\n}\nif broken; then exit 1; fi`;
  return { files: folder, healthy, broken: provoke, growing, works: isBroken };
}
