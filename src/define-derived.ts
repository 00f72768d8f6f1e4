/** The form of a derived fact: entries, each with the facts that it takes. One derived fact is one file. */

import type { Infer, Parsed, Type } from './define.ts';
import type { Answer, Line } from './model.ts';

/** A fact by its name, as the source of others: a collector, or one of derived/known.ts. */
export interface Origin<T = unknown> {
  id: string;
  scope: 'host' | 'netns';
  type: Type<T>;
}

type Known<F extends Record<string, Origin>> = { [K in keyof F]: Parsed<Infer<F[K]['type']>> };

/** The same facts, of which some may not be known. */
type Answers<F extends Record<string, Origin>> = { [K in keyof F]: Answer<Known<F>[K]> };

/** One entry of a derived fact. */
export type DerivedEntry<T = unknown, F extends Record<string, Origin> = Record<string, Origin>> = {
  type: Type<T>;
  /** The facts it is made of. */
  from: F;
} & (
  | {
      /**
       * Computes the entry, which is not known where one of these facts is not. Pure. An error makes it unreadable,
       * with the message as the reason.
       */
      derive(facts: Known<F>): Derivation<T>;
    }
  | {
      /** Computes the entry of those facts that are known. Pure. */
      deriveOfSome(facts: Answers<F>): Answer<Derivation<T>>;
    }
);

export interface Derivation<T> {
  value: T;
  /** The lines that it follows from: findings of rules that read the entry show them. */
  lines?: Line[];
  /** Facts whose incompleteness does not matter for this value; 'all': what is there is enough to decide. */
  despite?: 'all' | readonly string[];
  /** Keys of it that can't be told, with the reasons. */
  unreadable?: Record<string, string>;
  /** The reason why it may lack more than those facts as a whole do. */
  partial?: string;
}

/** A fact that is made of other facts of a host: its entries, each with the facts that it takes. One file, one fact. */
export interface DerivedFact {
  /** The fact's name: the file's name, and the variable in rules. */
  id: string;
  doc: string;
  scope: 'host' | 'netns';
  entries: Record<string, DerivedEntry>;
}

/** `nat is not complete: nft list ruleset was not collected` */
export const notComplete = (fact: string, partial: string): string => `${fact} is not complete: ${partial}`;

/** Checks an entry's shape; gives it back. */
export function entry<T, F extends Record<string, Origin>>(one: DerivedEntry<T, F>): DerivedEntry {
  return one as unknown as DerivedEntry;
}

/** Checks a derived fact's shape; gives it back. */
export function defineDerivedFact(fact: DerivedFact): DerivedFact {
  return fact;
}
