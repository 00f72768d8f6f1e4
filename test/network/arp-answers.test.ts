import { expect, it } from 'vitest';
import { eachAnswersItself } from '../../src/network/paths/arp-answers.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const TWO = { eth0: ['192.0.2.10/24'], eth1: ['192.0.2.11/24'] };
const LOCAL = '0: from all lookup local';
const MAIN = '32766: from all lookup main';
const BY_SOURCE = {
  routes: ['192.0.2.0/24 dev eth0 table 10', '192.0.2.0/24 dev eth1 table 11'],
  rules: [LOCAL, '100: from 192.0.2.10 lookup 10', '101: from 192.0.2.11 lookup 11', MAIN],
};

const CASES: [name: string, host: Words, each: boolean][] = [
  ['two interfaces in one network, and routes by source', { interfaces: TWO, ...BY_SOURCE }, true],
  ['without them, both answer by the first', { interfaces: TWO }, false],
  [
    'routes by source for one of three',
    { interfaces: { ...TWO, eth2: ['192.0.2.12/24'] }, ...BY_SOURCE },
    false,
  ],
  [
    'a further one in a network of its own',
    { interfaces: { ...TWO, eth2: ['198.51.100.1/24'] }, ...BY_SOURCE },
    true,
  ],
  ['each in a network of its own', { interfaces: { eth0: TWO.eth0, eth1: ['198.51.100.1/24'] } }, false],
];

it.each(CASES)('%s', (_name, host, each) => {
  const [node] = nodesFrom({ host });
  expect(eachAnswersItself(node!.net)).toBe(each);
});
