import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';

const CLI = join(import.meta.dirname, '../../dist/cli.js');

function printed(...more: string[]): string {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 24 } as const;
  return execFileSync(process.execPath, [CLI, 'collect', '--print-script', ...more], options);
}

it('prints the same script each time, and asks everything', () => {
  const script = printed('--install-as');
  expect(printed('--install-as', '/usr/local/sbin/twlint-collect')).toBe(script);
  for (const { id, probes } of collectors.values())
    for (const name of Object.keys(probes)) expect(script).toMatch(new RegExp(`^ask ${id}\\.${name} `, 'm'));
});

it('prints what to write where, for any path', () => {
  const script = printed('--install-as=/opt/audit-1/twlint-collect');
  expect(script).toContain('#   audit ALL=(root) NOPASSWD: /opt/audit-1/twlint-collect ""\n');
  expect(script).toContain('#   twlint_collect_command: /opt/audit-1/twlint-collect\n');
  expect(script).not.toContain('/usr/local/sbin/twlint-collect');
});
