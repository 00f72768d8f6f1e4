import { describe, expect, it } from 'vitest';
import { intentDraft } from '../../src/formats/intent-draft.ts';
import { draftIntents } from '../../src/intents/draft.ts';
import type { FleetOfRun } from '../../src/intents/fleet-names.ts';
import { readIntents } from '../../src/intents/intent-reader.ts';
import { tryIntent, verdictOf } from '../../src/intents/try-intent.ts';
import { demoNodes, keptFleets, nodesFrom, type Words } from '../network/paths-fleet.ts';
import { fleetOf, NO_EVIDENCE } from './fleet.ts';

/** Reads a draft as the file that it is printed as, and returns the verdict of each intent in it. */
function verdictsOfDraft(fleet: () => FleetOfRun): Record<string, string> {
  const draft = draftIntents(fleet());
  if (draft.intents.length === 0) return {};
  const intents = readIntents(intentDraft(draft), 'draft.yaml', NO_EVIDENCE);
  expect(intents).toHaveLength(draft.intents.length);
  const now = fleet();
  return Object.fromEntries(intents.map((intent) => [intent.name, verdictOf(tryIntent(intent, now))]));
}

const drafted: string[] = [];

describe.each(keptFleets())('a draft of %s', (_file, fleet) => {
  it('holds', () => {
    const verdicts = verdictsOfDraft(() => fleetOf(nodesFrom(fleet)));
    drafted.push(...Object.keys(verdicts));
    expect(Object.entries(verdicts).filter(([, verdict]) => verdict !== 'held')).toEqual([]);
  });
});

it('is of many services, with all that can become of a packet', () => {
  for (const part of ['from the own address', 'is reached as ', 'by nobody else'])
    expect(drafted.filter((name) => name.includes(part)).length).toBeGreaterThan(5);
});

it('of the demo holds, and says who reaches the database', () => {
  const fleet = () => fleetOf(demoNodes());
  const verdicts = verdictsOfDraft(fleet);
  expect(Object.keys(verdicts)).toContain('192.168.128.5:5432/tcp is reached as 10.244.3.1');
  expect(new Set(Object.values(verdicts))).toEqual(new Set(['held']));
});

it('is of some of very many listeners, and says so', () => {
  const listeners = Array.from({ length: 2100 }, (_, i) => `0.0.0.0:${10_000 + i}`);
  const words: Record<string, Words> = {
    c: { interfaces: { eth0: ['10.0.0.7/24'] } },
    s: { interfaces: { eth0: ['10.0.0.5/24'] }, listeners },
  };
  const { intents, notKnown } = draftIntents(fleetOf(nodesFrom(words)));
  expect(intents).toHaveLength(2000);
  expect(notKnown).toEqual([expect.stringContaining('100 more, which were not looked at')]);
});
