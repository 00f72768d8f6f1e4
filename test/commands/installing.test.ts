import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { twlint } from '../twlint.ts';

async function printed(...more: string[]): Promise<string> {
  const { stdout, stderr } = await twlint('/', ['collect', '--print-script', ...more]);
  expect(stderr).toBe('');
  return stdout;
}

it('prints the same script each time, and asks everything', async () => {
  const script = await printed('--install-as');
  expect(await printed('--install-as', '/usr/local/sbin/twlint-collect')).toBe(script);
  for (const { id, probes } of collectors.values())
    for (const name of Object.keys(probes))
      expect(script).toMatch(new RegExp(`\\b(?:ask|needs|part|part_of|by_ip) ${id}\\.${name} `));
});

it('prints what to write where, for any path', async () => {
  const script = await printed('--install-as=/opt/audit-1/twlint-collect');
  expect(script).toContain('#   audit ALL=(root) NOPASSWD: /opt/audit-1/twlint-collect ""\n');
  expect(script).toContain('#   twlint_collect_command: /opt/audit-1/twlint-collect\n');
  expect(script).not.toContain('/usr/local/sbin/twlint-collect');
});
