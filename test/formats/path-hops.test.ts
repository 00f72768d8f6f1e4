/** The hops of a path that a drawing shows: those that gave packets something, an address or only another port. */
import { expect, it } from 'vitest';
import { hopsThatMatter } from '../../src/formats/arrange.ts';
import type { DrawnHop } from '../../src/model.ts';

const hop = (
  kind: DrawnHop['kind'],
  target = '',
  source = '10.0.0.1',
  destination = '10.0.0.9:80',
): DrawnHop => ({
  ...{ host: 'h', namespace: 'init', stage: kind, rule: null, certain: true },
  ...{ kind, target, source, destination },
});
const START = hop('sends');
const END = hop('delivered');

it.each<[shown: boolean, between: DrawnHop, why: string]>([
  [true, hop('rule', 'MASQUERADE', '10.0.0.2'), 'another source'],
  [true, hop('rule', 'MASQUERADE'), 'the source that it has, by another port'],
  [true, hop('rule', 'snat'), 'the same in nft'],
  [true, hop('rule', 'NETMAP'), 'an address of a network, which is its own'],
  [true, hop('rule', 'REDIRECT'), 'the destination that it has, by another port'],
  [true, hop('rule', 'dnat', '10.0.0.1', '10.0.0.7:8080'), 'another destination'],
  [true, hop('ipvs', '', '10.0.0.1', '10.0.0.7:80'), 'a real server'],
  [false, hop('rule', 'ACCEPT'), 'leave to go on'],
  [false, hop('rule', 'MARK'), 'a mark'],
  [false, hop('entry'), 'nothing'],
])('%s: %o gives %s', (shown, between) => {
  expect(hopsThatMatter([START, between, END])).toEqual(shown ? [START, between, END] : [START, END]);
});
