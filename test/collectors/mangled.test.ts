/** Answers that were cut, or lost or repeated lines: refused with a reason, or parsed to what the type promises. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Collector } from '../../src/define.ts';
import { parse } from '../../src/host/reading.ts';
import { misfits } from './misfits.ts';

const withSamples = [...collectors.values()]
  .map((collector) => ({ collector, id: collector.id, samples: samplesOf(collector) }))
  .filter(({ samples }) => samples.length > 0);

function samplesOf({ id, probes }: Collector): { name: string; text: string }[] {
  const folder = join(import.meta.dirname, id);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    Object.keys(probes)
      .map((probe) => join(folder, name, probe))
      .filter((path) => existsSync(path))
      .map((path) => ({ name, text: readFileSync(path, 'utf8') })),
  );
}

describe.each(withSamples)('$id', ({ collector, samples }) => {
  it('understands or refuses', () => {
    const text = fc.oneof(
      fc
        .tuple(fc.constantFrom(...samples), fc.nat())
        .map(([{ text }, at]) => text.slice(0, at % (text.length + 1))),
      fc
        .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat())
        .map(([{ text }, from, to]) => moved(text.split('\n'), from, to).join('\n')),
      fc.tuple(fc.constantFrom(...samples), fc.nat(), fc.string()).map(([{ text }, at, noise]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + noise + text.slice(place);
      }),
    );
    const probes = Object.entries(collector.probes);
    const texts = fc.record(
      Object.fromEntries(
        probes.map(([key, { optional }]) => [key, optional ? fc.option(text, { nil: undefined }) : text]),
      ),
    );
    fc.assert(
      fc.property(texts, fc.option(texts), (now, before) => {
        const outcome = attempt(() => parse(collector, now, before).fact);
        if (outcome.ok) expect(misfits(outcome.value.value, collector.type)).toEqual([]);
        else expect(outcome.reason).toMatch(/\S/);
      }),
      { numRuns: 300 },
    );
  });
});

function attempt<T>(read: () => T): { ok: true; value: T } | { ok: false; reason: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    // a bug, not a refusal
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) throw error;
    return { ok: false, reason: error.message };
  }
}

function moved(lines: string[], from: number, to: number): string[] {
  const [line] = lines.splice(from % lines.length, 1);
  return to % 3 === 0
    ? lines
    : lines.toSpliced(to % (lines.length + 1), 0, line!, ...(to % 3 === 1 ? [line!] : []));
}
