import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM } from '../twlint.ts';

it('an interrupted audit writes what it has, says so, and exits with 130', async () => {
  const folder = temporaryFolder('interrupt');
  // takes connections and never says a word
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  writeFileSync(
    join(folder, 'hosts.yaml'),
    `hosts:\n  here: { ansible_connection: local }\n  silent: { ansible_host: 127.0.0.1, ansible_port: ${port} }\n`,
  );
  const args = [
    'audit',
    '-i',
    'hosts.yaml',
    '--concurrency',
    '1',
    '-o',
    'text',
    '-o',
    'sarif:out.sarif',
    '--rule',
    'TW003',
  ];
  const audit = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  audit.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  try {
    await once(silent, 'connection');
    audit.kill('SIGINT');
    const [status] = (await once(audit, 'close')) as [number];
    expect(status).toBe(130);
    expect(text).toMatch(/^Interrupted: this report is incomplete/);
    expect(text).toMatch(/silent .*\n {4}unreachable: interrupted by the user/);
    const { invocations } = (JSON.parse(readFileSync(join(folder, 'out.sarif'), 'utf8')) as Log).runs[0]!;
    expect(invocations![0]!.executionSuccessful).toBe(false);
  } finally {
    audit.kill('SIGKILL');
    silent.close();
  }
});
