import { expect, it } from 'vitest';
import { twlint } from '../twlint.ts';

const trace = (args: string[], stdin: string) => twlint('/', ['trace', ...args], { stdin });

const RULES =
  '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.1\nCOMMIT\n';

it('reads a ruleset from standard input, as in a pipe behind iptables-save', async () => {
  const { status, stdout } = await trace(
    ['--format', 'json', '--nat', '-', '--src', '10.0.0.7', '--dst', '8.8.8.8', '--out', 'eth0'],
    RULES,
  );
  expect(JSON.parse(stdout)).toEqual({
    action: 'snat',
    source: '192.0.2.1',
    rule: { text: '-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.1', line: 3 },
    certain: true,
    nat_alone: true,
  });
  expect(status).toBe(0);
});

it('can not read two files from it', async () => {
  const { status, stderr } = await trace(['--nat', '-', '--packets', '-'], RULES);
  expect(stderr).toBe('twlint: only one of --nat and --packets can be -\n');
  expect(status).toBe(2);
});
