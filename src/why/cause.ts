/** The causes of packets that get no answer, and what is said of each. */
import type { Line } from '../model.ts';

/**
 * - certain:  what was read shows that it stops each such packet
 * - possible: it may stop them, or stops some of them
 */
export type Certainty = 'certain' | 'possible';

export interface LikelyCause {
  certainty: Certainty;
  /** The fault, in a line. */
  title: string;
  host: string;
  /** Null: the host as a whole. */
  namespace: string | null;
  /** The reasoning: how we know. */
  message: string;
  evidence: Line[];
  /** The remedy: sentences, and commands by themselves. */
  remedy: { text: string; commands: string[] };
  /** The rule of twlint whose finding it is; null: packets were followed there. */
  rule: string | null;
}

/** The order of causes that are as sure: those that are about these very packets come first. */
export type Rank = 'way' | 'path' | 'error' | 'open' | 'warning' | 'counters';

const ORDER: readonly Rank[] = ['way', 'path', 'error', 'open', 'warning', 'counters'];

/** A cause and its rank. */
export interface Ranked {
  rank: Rank;
  cause: LikelyCause;
}

/** Returns the causes, those that are certain first, and of each kind the likeliest first. */
export const inOrder = (causes: readonly Ranked[]): LikelyCause[] =>
  [...causes]
    .sort((a, b) => isPossible(a) - isPossible(b) || ORDER.indexOf(a.rank) - ORDER.indexOf(b.rank))
    .map(({ cause }) => cause);

const isPossible = ({ cause }: Ranked) => Number(cause.certainty === 'possible');
