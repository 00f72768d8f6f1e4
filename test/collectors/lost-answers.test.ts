/**
 * Each probe of each collector in turn is denied, absent, failing, empty, ...: the fact says so. What it need not say,
 * because nothing is missing then, stands in test/collectors/<collector>/quiet.json: the probe and what becomes of it,
 * and why no rule misses anything.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Collector } from '../../src/define.ts';
import type { HostEvidence } from '../../src/model.ts';
import { evidenceWith, FATES, type Fate, factOf, type Sample, sampleOf, saysSo } from './lost-answers.ts';

const SAMPLES = ['', 'again: '] as const;

/** Gone from a snapshot: the plan is all that knows of it. */
const without = (said: HostEvidence, probe: string, sample: number): HostEvidence => ({
  ...said,
  evidence: said.evidence.filter((one) => one.probe !== probe || one.sample !== sample),
});

async function quietOnes(collector: Collector, sample: Sample, probe: string): Promise<string[]> {
  const whole = await evidenceWith(collector, sample, []);
  const quiet: string[] = [];
  for (const [number, prefix] of SAMPLES.slice(0, collector.samples).entries()) {
    const outcomes = Object.keys(FATES).map(async (fate) => {
      const fates =
        number === 0 ? [{ [probe]: FATES[fate as Fate] }] : [{}, { [probe]: FATES[fate as Fate] }];
      return [fate, await evidenceWith(collector, sample, fates)] as const;
    });
    const lost = ['lost', without(whole, `${collector.id}.${probe}`, number)] as const;
    for (const [fate, said] of [...(await Promise.all(outcomes)), lost])
      if (!saysSo(factOf(collector, said))) quiet.push(`${prefix}${probe} ${fate}`);
  }
  return quiet;
}

describe.each([...collectors.values()])('$id', (collector) => {
  const file = join(import.meta.dirname, collector.id, 'quiet.json');
  const accepted: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const probes = Object.keys(collector.probes);
  const sample = sampleOf(collector);

  it('has a case from which all of it is known', async () => {
    expect(sample).not.toBeNull();
    const fact = factOf(collector, await evidenceWith(collector, sample!, []));
    expect(fact).toMatchObject({ ok: true });
    expect(saysSo(fact)).toBe(false);
  });

  it.each(probes)('says what became of %s', { timeout: 60_000 }, async (probe) => {
    const ofProbe = Object.keys(accepted).filter((one) =>
      one.replace(/^again: /, '').startsWith(`${probe} `),
    );
    expect((await quietOnes(collector, sample!, probe)).sort()).toEqual(ofProbe.sort());
  });

  it('is quiet of its own probes alone, and says why', () => {
    for (const [one, why] of Object.entries(accepted)) {
      expect(probes).toContain(one.replace(/^again: /, '').split(' ')[0]);
      expect(why).toMatch(/\w{3}/);
    }
  });
});
