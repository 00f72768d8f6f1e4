/**
 * Each file test/network/lost-packets/<case>.yaml is a namespace in a few words (paths-fleet.ts) and what becomes of
 * packets there: `containers` and `forwards` that are lost, `loopback` that neighbours reach.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loopbackReach } from '../../src/network/paths/loopback-reach.ts';
import {
  type ForwardDrop,
  lostForwards,
  lostFromContainers,
  MOST_FORWARDS,
} from '../../src/network/paths/lost-packets.ts';
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
  const forwards = lostForwards(node!.net)?.map(
    ({ input, rule, at }) => `${input}: ${rule.text}: ${ended(at)}`,
  );
  const loopback = loopbackReach(node!).map(({ input, port }) => `${input}: ${port}`);
  expect({ containers, forwards, loopback }).toEqual({
    containers: read.containers ?? [],
    forwards: read.forwards ?? [],
    loopback: read.loopback ?? [],
  });
});

describe('of thousands of rules that send on', () => {
  const host = (rules: number, policy: 'ACCEPT' | 'DROP'): Words => ({
    interfaces: { eth0: ['192.0.2.10/24'], docker0: ['172.17.0.1/16'] },
    routes: ['default via 192.0.2.1 dev eth0'],
    nat: [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ...Array.from(
        { length: rules },
        (_, i) => `-A PREROUTING -p tcp -m tcp --dport ${10_000 + i} -j DNAT --to-destination 172.17.0.2:80`,
      ),
      'COMMIT',
      '*filter',
      `:FORWARD ${policy} [0:0]`,
      'COMMIT',
      '',
    ].join('\n'),
  });
  const lost = (words: Words) => lostForwards(nodesFrom({ host: words })[0]!.net)?.length ?? null;

  it('each is followed', () => {
    expect(lost(host(1500, 'DROP'))).toBe(1500);
  });
  it('none is where there are too many, and that is no answer', () => {
    expect(lost(host(MOST_FORWARDS + 1, 'DROP'))).toBeNull();
  });
  it('none need be where nothing drops', () => {
    expect(lost(host(MOST_FORWARDS + 1, 'ACCEPT'))).toBe(0);
  });
});
