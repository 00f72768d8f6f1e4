import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const listens = (server: Server): Promise<boolean> =>
  new Promise((settled) => {
    server.once('error', () => settled(false)).listen(22001, '127.0.0.1', () => settled(true));
  });

it('a demo whose port is taken says so, and leaves nothing behind', async () => {
  const server = createServer();
  // another run of this test may have it for a moment; where a demo has it for good, it is taken as well
  for (let tries = 0; tries < 50 && !(await listens(server)); tries++) await sleep(100);
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
