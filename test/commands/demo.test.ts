import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

it('a demo whose port is taken says so, and leaves nothing behind', async () => {
  const server = createServer();
  // where somebody else has it, it is taken as well
  await new Promise<void>((settled) => {
    server.once('error', () => settled()).listen(22001, '127.0.0.1', settled);
  });
  try {
    const { status, stderr } = await twlint(temporaryFolder('demo'), ['demo']);
    expect(stderr).toMatch(
      /^twlint: cannot serve m1 on 127\.0\.0\.1:22001: .*\n {2}hint: is another demo running\?\n$/,
    );
    expect(status).toBe(2);
    expect(readdirSync(tmpdir())).toEqual([]);
  } finally {
    server.close();
  }
});
