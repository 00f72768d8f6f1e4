/** The demo's recorded fleet, which was sampled twice. */
import { join } from 'node:path';
import { readSnapshot } from '../src/collect/snapshot.ts';
import { collectors } from '../src/collectors/index.ts';
import type { Snapshot } from '../src/model.ts';

export const demo = readSnapshot(join(import.meta.dirname, '../inventories/demo'));

/** The same before anybody looked again. */
export const firstSample: Snapshot = {
  ...demo,
  hosts: demo.hosts.map((host) => ({
    ...host,
    evidence: host.evidence.filter(({ sample }) => sample === 0),
    planned: { facts: host.planned?.facts ?? [...collectors.keys()], twice: [] },
  })),
};
