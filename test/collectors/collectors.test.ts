/**
 * Each folder test/collectors/<collector>/<case>/ is a case: a file for each probe, named after it (absent: the probe
 * was), with `.before` for the earlier of two samples; expected.json says what is parsed from them. Of `value` and
 * `lines` it need name only what matters; `partial`, `within` and `unreadable` are compared whole.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Collector, Parsed } from '../../src/define.ts';
import { parse } from '../../src/host/reading.ts';
import { misfits } from './misfits.ts';

interface Expected extends Partial<Parsed<unknown>> {
  error?: string;
}

for (const id of foldersIn(import.meta.dirname)) {
  describe(id, () => {
    const collector = collectors.get(id);
    const folder = join(import.meta.dirname, id);
    for (const name of foldersIn(folder)) {
      it(name, () => {
        expect(collector, `there is no collector ${id}`).toBeDefined();
        check(collector!, join(folder, name));
      });
    }
  });
}

it.each([...collectors.keys()])('%s has cases', (id) => {
  expect(existsSync(join(import.meta.dirname, id)), `test/collectors/${id}`).toBe(true);
});

function check(collector: Collector, folder: string) {
  const expected: Expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  const { now, before } = texts(collector, folder);
  if (expected.error !== undefined) {
    expect(() => parse(collector, now, before).fact).toThrow(expected.error);
    return;
  }
  const parsed = parse(collector, now, before).fact;
  expect(misfits(parsed.value, collector.type)).toEqual([]);
  expect(parsed).toMatchObject({
    ...(expected.value === undefined ? {} : { value: expected.value }),
    ...(expected.lines === undefined ? {} : { lines: expected.lines }),
  });
  expect(parsed.partial).toEqual(expected.partial);
  expect(parsed.unreadable ?? {}).toEqual(expected.unreadable ?? {});
  expect(parsed.further ?? {}).toEqual(expected.further ?? {});
  expect(parsed.within ?? {}).toEqual(expected.within ?? {});
  expect(parsed.unsupported ?? {}).toEqual(expected.unsupported ?? {});
}

function texts(collector: Collector, folder: string) {
  const probes = Object.keys(collector.probes);
  const unknown = readdirSync(folder).filter(
    (file) => file !== 'expected.json' && !probes.includes(file.replace(/\.before$/, '')),
  );
  expect(unknown, 'files that are no probe').toEqual([]);
  const read = (ending: string) =>
    Object.fromEntries(probes.map((probe) => [probe, textOf(join(folder, probe + ending))]));
  const before = read('.before');
  const sampled = Object.values(before).some((text) => text !== undefined);
  return { now: read(''), before: sampled ? before : null };
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
