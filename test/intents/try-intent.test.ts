/**
 * Each `cases/X.yaml` has a fleet, and intents with the verdict that each should have; `says` are parts of what is told
 * of the packets that decide it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IntentVerdict } from '../../src/intents/intent.ts';
import { findingsOfIntent } from '../../src/intents/intent-findings.ts';
import { readIntents } from '../../src/intents/intent-reader.ts';
import { tryIntent, verdictOf } from '../../src/intents/try-intent.ts';
import type { Json } from '../../src/model.ts';
import { parseYaml } from '../../src/yaml.ts';
import { nodesFrom, type Words } from '../network/paths-fleet.ts';
import { fleetOf, type HostWords, NO_EVIDENCE } from './fleet.ts';

interface Case {
  about: string;
  fleet: Record<string, Words>;
  hosts?: Record<string, HostWords>;
  intents: { from: Json; to: Json; expect: Json; verdict: IntentVerdict; says?: string[] }[];
}

const FOLDER = join(import.meta.dirname, 'cases');

describe.each(readdirSync(FOLDER))('%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const { fleet: words, hosts, intents } = parseYaml(text, file).value as unknown as Case;
  const fleet = fleetOf(nodesFrom(words), hosts);

  it.each(intents.map((one, i) => ({ ...one, line: JSON.stringify([one.from, one.to, one.expect]), i })))(
    '$line is $verdict',
    ({ from, to, expect: expected, verdict, says = [], i }) => {
      const [intent] = readIntents(
        JSON.stringify({ intents: [{ name: `${i}`, from, to, expect: expected }] }),
        file,
        NO_EVIDENCE,
      );
      // what another intent has taken of it is none of this one's business
      for (const { net } of fleet.topology.nodes) net.budget.left = 0;
      const tried = tryIntent(intent!, fleet);
      const findings = findingsOfIntent(tried, fleet);
      const told = findings.map(({ message }) => message).join('\n');
      expect({ verdict: verdictOf(tried), told }).toEqual({ verdict, told });
      for (const part of says) expect(told).toContain(part);
      const verdicts = findings.map((finding) => finding.verdict);
      expect(verdicts.includes('fail')).toBe(verdict === 'violated');
      expect(verdicts.every((one) => one === 'pass')).toBe(verdict === 'held');
      // a violation shows the packets that break it, and one trace of them
      for (const { verdict: one, path, evidence } of findings)
        if (one === 'fail') expect([path?.traces.length, evidence.length]).not.toContain(0);
    },
  );
});
