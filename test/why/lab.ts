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
  /** Rules whose findings are now and then true, of the host that works as well. */
  mayCome: string[];
  /** True where it wants a machine whose kernel has IPVS. */
  inMachine: boolean;
  /** True where it is to print commands that mend it, alone or together; else it is to print none. */
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
  /** Where it wants a kernel with IPVS, and is no proof, which says so itself. */
  real?: 'vm';
  why: string;
  cause: Expected | 'none';
  unseen?: string;
  opens?: boolean;
}

const FOLDER = join(import.meta.dirname, 'labs');

/** Returns the labs, in order: those that TWLINT_LABS names, where it names any. */
export function chosenLabs(): Lab[] {
  const chosen = process.env.TWLINT_LABS?.split(',');
  const names = readdirSync(FOLDER)
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();
  return names.filter((name) => chosen?.includes(name) ?? true).map(readLab);
}

function readLab(name: string): Lab {
  const written = load(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8')) as Written;
  const { why, cause, unseen = '', opens = false } = written;
  return { name, why, cause: cause === 'none' ? null : cause, unseen, opens, ...scriptsOf(written) };
}

type Scripts = Pick<Lab, 'files' | 'healthy' | 'broken' | 'growing' | 'works' | 'mayCome' | 'inMachine'>;

function scriptsOf({ proof: id, setup = '', fault = '', works = '', real: where }: Written): Scripts {
  if (id === undefined) {
    const broken = `${setup}\n${fault}`;
    const inMachine = where === 'vm';
    return { files: FOLDER, healthy: setup, broken, growing: '', works, mayCome: [], inMachine };
  }
  const { folder, healthy, provoke, growing, observe, mayCome, real } = readProof(id);
  const isBroken = `broken() {\n${observe}\n}\nif broken; then exit 1; fi`;
  const inMachine = real === 'vm';
  return { files: folder, healthy, broken: provoke, growing, works: isBroken, mayCome, inMachine };
}
