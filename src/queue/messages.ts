/** The messages between a run's coordinator and its workers. None of them holds a secret, or how a host is reached. */

import type { AuditedBy } from '../parts/audited-by.ts';

/** A host of a batch, by its name and its place among all hosts of the run, from 0. */
export interface QueuedHost {
  name: string;
  position: number;
}

/** Hosts that are looked at, and reported back, together. */
export interface Batch {
  /** Its number in the run, from 0. */
  number: number;
  hosts: readonly QueuedHost[];
}

/** The work that one worker takes at a time: a batch, or all batches of the hosts behind one bastion. */
export interface Job {
  run: string;
  batches: readonly Batch[];
}

/** A run, as long as its coordinator wants results. */
export interface RunRecord {
  startedAt: string;
  /** A digest of its hosts and their order. */
  hosts: string;
}

/** What a worker is able to do. Runs have the same: where something differs, the worker is not theirs. */
export interface Abilities {
  /** A digest of the inventory, as it was resolved. */
  inventory: string;
  by: AuditedBy;
}

/** A worker that is there. */
export interface Presence extends Abilities {
  worker: string;
}

/** A host of a batch that was done: its part as bytes, or the reason why there is none. */
export type HostOutcome = { ok: true; part: Uint8Array } | { ok: false; reason: string };

/** What became of a batch, with its hosts in their order. */
export interface BatchResult {
  worker: string;
  outcomes: readonly HostOutcome[];
}

/** Hosts of a batch. */
export const BATCH_SIZE = 16;

/** The most bytes of a host's part on its way, compressed: ten times what a node with 5,000 services has. */
export const LARGEST_QUEUED_PART = 8 * 2 ** 20;

/** The most bytes of a batch's result: those of its parts, and a line about them. */
export const LARGEST_RESULT = BATCH_SIZE * LARGEST_QUEUED_PART + 2 ** 20;

/** Seconds after which Redis forgets what is left of a run, and no worker works for it. */
export const RUN_LIFETIME = 24 * 60 * 60;

/** Writes a result: a line of JSON with the length of each part, and the parts. */
export function encodeResult({ worker, outcomes }: BatchResult): Buffer {
  const parts = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.part] : []));
  const lengths = outcomes.map((outcome) => (outcome.ok ? outcome.part.length : outcome.reason));
  return Buffer.concat([Buffer.from(`${JSON.stringify({ worker, outcomes: lengths })}\n`), ...parts]);
}

/** Reads what `encodeResult` wrote. */
export function decodeResult(bytes: Buffer): BatchResult {
  const end = bytes.indexOf('\n');
  const { worker, outcomes } = JSON.parse(bytes.toString('utf8', 0, end)) as {
    worker: string;
    outcomes: (number | string)[];
  };
  let at = end + 1;
  return {
    worker,
    outcomes: outcomes.map((outcome) => {
      if (typeof outcome === 'string') return { ok: false, reason: outcome };
      at += outcome;
      return { ok: true, part: bytes.subarray(at - outcome, at) };
    }),
  };
}
