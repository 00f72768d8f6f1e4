/** Answers that a hostile host could write to keep a parser busy: the time they take grows with their length alone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { parse } from '../../src/host/reading.ts';

/** What takes the square of these takes minutes. */
const LINES = 8000;
const CHARACTERS = 60_000;

/** Milliseconds of processor time; a machine under load has few of them. */
const LONGEST = 6000;

const FILLERS = [' ', '\t', 'a', '0', '"', '\\', '{', '-j ', ' a', '!', ':'];

describe.each([...collectors.values()])('$id', (collector) => {
  const folder = join(import.meta.dirname, collector.id);
  const samples = (probe: string) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .map((name) => join(folder, name, probe))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'utf8'));
  const whole = Object.fromEntries(
    Object.keys(collector.probes).map((probe) => [probe, samples(probe)[0] ?? '']),
  );

  /** Seconds in which an answer to one of the probes is parsed, or refused. */
  function timeOf(probe: string, text: string): number {
    const begun = process.cpuUsage();
    try {
      parse(collector, { ...whole, [probe]: text }, null).fact;
    } catch (error) {
      // a bug, not a refusal
      if (error instanceof TypeError || error instanceof RangeError) throw error;
    }
    return process.cpuUsage(begun).user / 1000;
  }

  it.each(Object.keys(collector.probes))('%s', { timeout: 300_000 }, (probe) => {
    const slow: string[] = [];
    const tryText = (what: string, text: string) => {
      if (timeOf(probe, text) > LONGEST) slow.push(what);
    };
    for (const line of shapesOf(samples(probe))) {
      const middle = line.slice(0, line.search(/[=:]|$/));
      tryText(`many of ${line}`, `${whole[probe]}\n${`${line}\n`.repeat(LINES)}`);
      let number = 0;
      const numbered = () => line.replace(/\d+/g, () => String(number++));
      tryText(`many like ${line}`, Array.from({ length: LINES }, numbered).join('\n'));
      for (const filler of FILLERS) {
        const filling = filler.repeat(CHARACTERS / filler.length);
        for (const start of [line, middle])
          tryText(`${start} and many ${filler}`, `${whole[probe]}\n${start}${filling}x\n`);
      }
    }
    expect(slow).toEqual([]);
  });
});

/** Lines that differ in more than their names and numbers. */
function shapesOf(texts: readonly string[]): string[] {
  const shapes = new Map(
    texts
      .flatMap((text) => text.split('\n'))
      .map((line) => [line.replace(/[0-9a-z]+/gi, 'a').slice(0, 30), line]),
  );
  return [...shapes.values()].slice(0, 12);
}
