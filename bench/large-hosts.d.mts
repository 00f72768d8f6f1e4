import type { Snapshot } from '../src/model.ts';

/** What a host says instead, by probe: a text, or what becomes of what it said. */
type Answers = Record<string, string | ((before: string) => string)>;

export declare const LARGE_HOSTS: Record<string, (count: number) => Answers>;

export declare function withAnswers(snapshot: Snapshot, name: string, answers: Answers): Snapshot;
