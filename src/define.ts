/**
 * The form of a collector: probes (the questions), a type (what a rule sees), a pure parser between them.
 * One collector is one file and one fact; the file's name is the fact's name and the variable in rules.
 */

import type { Answer, Evidence, Line } from './model.ts';
import { wordTable } from './word-table.ts';

// ---- types ---------------------------------------------------------------------------------------------------

/**
 * The type of a fact. It gives three things at once: the TypeScript type of the parser's result, the type that rules
 * are checked against, and the fact's page in the docs. Integers are JS numbers here and CEL `int` in rules.
 */
export type Type<T = unknown> = (
  | { kind: 'int' | 'double' | 'string' | 'bool' | 'any' }
  | { kind: 'list'; item: Type }
  | { kind: 'map'; value: Type }
  | { kind: 'object'; fields: Readonly<Record<string, Type>> }
) & { doc?: string; readonly __is?: T };

type Fields<F extends Record<string, Type>> = { [K in keyof F]: Infer<F[K]> };
/** The TypeScript type that a `Type` stands for. */
export type Infer<T> = T extends Type<infer U> ? U : never;

const withDoc = <T>(type: Type<T>, doc?: string): Type<T> => (doc === undefined ? type : { ...type, doc });

export const t = {
  int: (doc?: string): Type<number> => withDoc({ kind: 'int' }, doc),
  double: (doc?: string): Type<number> => withDoc({ kind: 'double' }, doc),
  string: (doc?: string): Type<string> => withDoc({ kind: 'string' }, doc),
  bool: (doc?: string): Type<boolean> => withDoc({ kind: 'bool' }, doc),
  /** A value that the user wrote (inventory variables). Rules convert it themselves. */
  any: (doc?: string): Type<unknown> => withDoc({ kind: 'any' }, doc),
  list: <T>(item: Type<T>, doc?: string): Type<T[]> => withDoc<T[]>({ kind: 'list', item }, doc),
  map: <T>(value: Type<T>, doc?: string): Type<Record<string, T>> =>
    withDoc<Record<string, T>>({ kind: 'map', value }, doc),
  object: <F extends Record<string, Type>>(fields: F, doc?: string): Type<Fields<F>> =>
    withDoc<Fields<F>>({ kind: 'object', fields: wordTable(fields) }, doc),
};

// ---- probes --------------------------------------------------------------------------------------------------

/** One question to a host. `Optional` is what the compiler knows of `optional`. */
export interface Probe<Optional extends boolean = boolean> {
  /** Its name in evidence: a path (`/proc/net/netstat`) or a command (`iptables-save`). */
  origin: string;
  /**
   * POSIX sh that writes the answer to standard output. It may use the functions that the script defines
   * (`absent`, `denied`, `unsupported`, `lacking`, `need`, `tool`, `run`; see transports/script/prelude.ts) and `$PROC_NET`, the
   * /proc/net of
   * the namespace asked. No single quotes, so that the script stays readable.
   */
  ask: string;
  /** True when its absence is an answer too: the parser gets `undefined`. */
  optional: Optional;
  /** False when $PROC_NET is all it reads, so that another namespace need not be entered for it. */
  inside: boolean;
  /** The characters of an answer that are parsed, where that is not `MOST_PARSED`. */
  most?: number;
  /** The files that are its answer, so that they can be read together with others'; where that fails, it is asked. */
  reading?: Reading;
  /** The file without which it is absent, and the reason then: `ask` says the same of itself. */
  needed?: { path: string; reason: string };
  /** Files that it reads by the rule of `trusted_text`: FOLDER/*.conf and others. They are looked at with others' at once. */
  conf?: { folders: readonly string[]; files: readonly string[] };
  /** The question that it has for ip, where that is iproute2's, so that others can be asked with it. */
  ip?: { kind: 'links' | 'peers' | 'rules' | 'routes'; family: 'any' | '-6'; command: string };
  /** sh that is true where there is nothing to ask, and the answer then, for which no program is started. */
  idle?: { test: string } & ({ text: string } | { absent: string });
  /** A function of the script that is called before, once for all that name it. */
  first?: string;
  /** The variable of the script that holds its answer, unless it is empty: then it is asked. */
  known?: string;
  /** Answers from the files of a host that does not run, in the same format; absent: only a running kernel knows. */
  atRest?: AtRest;
}

/** The files that a probe reads. */
type Reading =
  | {
      /** The text of the first of these that is there. */
      kind: 'file';
      paths: readonly string[];
      /** Said where none is there. */
      reason: string;
    }
  | {
      /** Lines of many, as `PATH:LINE`. */
      kind: 'files';
      folder: string;
      /** sh that adds their paths to `$words`. */
      list: string;
      /**
       * True where they are listed without the folder, which the sh has entered, with options of GNU's grep: where there
       * is another it is asked alone.
       */
      relative: boolean;
    };

/** A root file system that is not running. Paths are absolute and its own: no link in it leads out of it. */
export interface FileTree {
  read(path: string): Answer<string>;
  /** The names in a folder, sorted. */
  list(folder: string): Answer<string[]>;
  /** The path that this one leads to, without links. */
  place(path: string): Answer<string>;
}

/** An answer of such a tree, and the file that it was read from where that is one. */
export interface Found extends Pick<Evidence, 'origin' | 'remark' | 'pieces' | 'partial'> {
  text: string;
}

export type AtRest = (tree: FileTree) => Answer<Found>;

interface Asking<Optional extends boolean> {
  optional?: Optional;
  atRest?: AtRest;
}

/** A file, read whole. A path below /proc/net means that of the namespace asked. */
export function file<Optional extends boolean = false>(
  path: string,
  { optional = false as Optional, atRest = storedFile(path) }: Asking<Optional> = {},
): Probe<Optional> {
  const place = `"${path.replace(/^\/proc\/net\//, '$PROC_NET/')}"`;
  const reason = 'it is not there';
  const ask = `need ${place} "${reason}"\ncat -- ${place}`;
  const reading: Reading = { kind: 'file', paths: [place], reason };
  return {
    origin: path,
    ask,
    optional,
    inside: !path.startsWith('/proc/net/'),
    reading,
    ...(atRest && { atRest }),
  };
}

/** Returns no reader for paths below /proc and /sys: the kernel makes those up while it runs. */
function storedFile(path: string): AtRest | undefined {
  if (/^\/(proc|sys)\//.test(path)) return undefined;
  return (tree) => {
    const answer = tree.read(path);
    return answer.ok ? { ok: true, value: { text: answer.value } } : answer;
  };
}

/** A command, or several lines of sh. */
export function command<Optional extends boolean = false>(
  origin: string,
  ask: string,
  {
    optional = false as Optional,
    needed,
    atRest,
    ...more
  }: Asking<Optional> & Pick<Probe, 'needed' | 'reading' | 'conf' | 'ip' | 'idle' | 'first' | 'known'> = {},
): Probe<Optional> {
  return {
    origin,
    ask: needed ? `need ${needed.path} "${needed.reason}"\n${ask}` : ask,
    optional,
    inside: true,
    ...(needed && { needed }),
    ...more,
    ...(atRest && { atRest }),
  };
}

// ---- collectors ----------------------------------------------------------------------------------------------

/** The parts that are missing in a value: rules that need them are unknown, and the others are not. */
export interface Lacks {
  /** Fields and keys that could not be read, with the reasons. */
  unreadable?: Record<string, string>;
  /**
   * Entries that nothing here can report, with the reasons: rules that need one don't apply to a host that does not
   * run.
   */
  unsupported?: Record<string, string>;
  /** The reason why its lists and maps may have more. What an item of a list holds is known with it. */
  partial?: string;
  /** Fields that all further items of its lists are known to have: `{ family: 'ip6' }`. */
  further?: Record<string, unknown>;
  /** Fields whose number may be greater, with the reasons. */
  atLeast?: Record<string, string>;
  /** The same of single fields and keys. */
  within?: Record<string, Lacks>;
}

/** A parsed fact. */
export interface Parsed<T> extends Lacks {
  value: T;
  /**
   * The lines of its single entries, by the word a rule uses for them: `net.ipv4.tcp_tw_recycle`, `PAWSPassive`,
   * `source`. Findings of a rule show the entries that it reads.
   */
  lines?: Record<string, Line | Line[]>;
  /** The program that is not installed there, where that is the reason for a missing part. */
  program?: string;
  /** Entries that a namespace does not have itself: the host's hold in it. */
  inherited?: readonly string[];
}

/** The answers to probes: only those of optional ones may be missing. */
type Texts<P extends Record<string, Probe>> = {
  [K in keyof P]: P[K] extends Probe<false> ? string : string | undefined;
};
type Origins<P extends Record<string, Probe>> = { [K in keyof P]: string };

interface Question<T, P extends Record<string, Probe>> {
  /** The fact's name: the file's name, and the variable in rules. */
  id: string;
  doc: string;
  /** `netns`: asked once for every network namespace. */
  scope: 'host' | 'netns';
  /** 2: asked again after `--interval`, so that the parser can compare. */
  samples: 1 | 2;
  probes: P;
  type: Type<T>;
  /**
   * True when its parser knows what to do with `unseen: REASON` (network/unseen.ts) in the place of an optional probe's
   * text: such a probe that fails then costs its own part of the fact and no more.
   */
  takesUnseen?: true;
}

/** A collector. `M`: the typed values of `network/` that the path engine uses; for most facts the fact itself. */
export interface Collector<T = unknown, P extends Record<string, Probe> = Record<string, Probe>, M = unknown>
  extends Question<T, P> {
  /**
   * Reads the texts. Pure.
   *
   * @param now each probe's text; undefined only where an optional probe was absent
   * @param before the earlier texts, where there were two samples
   * @param origins where each text was read: a path or a command
   * @throws the reason why the texts can't be read: the fact is then `unparsable`, with the message as the reason
   */
  model(now: Texts<P>, before: Texts<P> | null, origins: Origins<P>): M;
  /** Turns them into what rules see. Pure. */
  fact(model: M): Parsed<T>;
}

/** A collector whose parser makes the fact itself. */
interface PlainCollector<T, P extends Record<string, Probe>> extends Question<T, P> {
  /** Does the work of a collector's `model` and `fact` in one. */
  parse(now: Texts<P>, before: Texts<P> | null): Parsed<T>;
}

/** Checks a collector's shape; gives it back, with a model and a fact in any case. */
export function defineCollector<T, P extends Record<string, Probe>>(
  collector: PlainCollector<T, P>,
): Collector<T, P, Parsed<T>>;
export function defineCollector<T, P extends Record<string, Probe>, M>(
  collector: Collector<T, P, M>,
): Collector<T, P, M>;
export function defineCollector<T, P extends Record<string, Probe>>(
  collector: PlainCollector<T, P> | Collector<T, P>,
): Collector<T, P> | Collector<T, P, Parsed<T>> {
  if (!('parse' in collector)) return collector;
  const { parse, ...question } = collector;
  return { ...question, model: parse, fact: (model: Parsed<T>) => model };
}
