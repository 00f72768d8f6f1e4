/**
 * Each file test/network/lost-packets/<case>.yaml is a namespace in a few words (paths-fleet.ts) and what becomes of
 * packets there: `containers` and `forwards` that are lost, `loopback` that neighbours reach.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loopbackReach } from '../../src/network/paths/loopback-reach.ts';
import { type ForwardDrop, lostForwards, lostFromContainers } from '../../src/network/paths/lost-packets.ts';
import { parseYaml } from '../../src/yaml.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const CASES = join(import.meta.dirname, 'lost-packets');

interface Case {
  host: Words;
  containers?: string[];
  forwards?: string[];
  loopback?: string[];
}

const ended = (at: ForwardDrop): string =>
  at.kind === 'rule'
    ? at.rule.text
    : at.kind === 'policy'
      ? `policy of ${at.table.name} ${at.chain.name}`
      : 'not forwarded';

it.each(readdirSync(CASES).sort())('%s', (name) => {
  const read = parseYaml(readFileSync(join(CASES, name), 'utf8'), name).value as unknown as Case;
  const [node] = nodesFrom({ host: read.host });
  const containers = lostFromContainers(node!.net).map(({ input, at }) => `${input}: ${ended(at)}`);
  const forwards = lostForwards(node!.net).map(
    ({ input, rule, at }) => `${input}: ${rule.text}: ${ended(at)}`,
  );
  const loopback = loopbackReach(node!).map(({ input, port }) => `${input}: ${port}`);
  expect({ containers, forwards, loopback }).toEqual({
    containers: read.containers ?? [],
    forwards: read.forwards ?? [],
    loopback: read.loopback ?? [],
  });
});
