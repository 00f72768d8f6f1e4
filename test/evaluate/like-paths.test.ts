import { expect, it } from 'vitest';
import type { Expression } from '../../src/evaluate/expression/expression.ts';
import { comparesAddresses } from '../../src/evaluate/like-paths.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';

const saying = (text: string, scope: 'path' | 'netns' = 'path') => ({
  scope,
  when: null,
  assert: { text } as Expression,
  noteWhen: null,
});

it.each([
  "path.vip == '10.96.0.1'",
  "path.vip != '' && path.vip.startsWith('10.')",
  "path.server.address == ''",
  "path.server['address'] == ''",
  'path.server in [path.nat_gateway]',
  "path['vip'] == ''",
  'size(path.hops) < 3',
  "path.clients.all(client, client.address != '')",
  '[path].size() == 1',
])('%s may differ from one service to the next', (text) => {
  expect(comparesAddresses([saying(text)])).toBe(true);
  expect(comparesAddresses([saying(text, 'netns')])).toBe(false);
});

it.each(["path.vip != ''", "path.vip == '' || path.port == 80", 'path.clocks < 2', "path.server.host != ''"])(
  '%s does not',
  (text) => expect(comparesAddresses([saying(text)])).toBe(false),
);

it('no rule of this program compares addresses of services', () => {
  expect(comparesAddresses(loadRules([], { builtin: true, cwd: '.' }))).toBe(false);
});
