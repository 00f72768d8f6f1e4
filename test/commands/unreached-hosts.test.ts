import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

/** Two hosts that can be asked, and three on a port where nobody listens. */
const DOWN = ['db1', 'db2', 'db3'];

describe('hosts that could not be reached', () => {
  const folder = temporaryFolder('unreached');
  const left = join(folder, 'left');
  let port: number;

  beforeAll(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    port = (server.address() as { port: number }).port;
    await new Promise((closed) => server.close(closed));
    write(DOWN);
  });

  function write(down: string[]) {
    const local = { ansible_connection: 'local' };
    const away = { ansible_host: '127.0.0.1', ansible_port: port };
    const hosts = ['web1', ...DOWN, 'web2'].map((name) => [name, down.includes(name) ? away : local]);
    writeFileSync(join(folder, 'hosts.json'), JSON.stringify({ all: { hosts: Object.fromEntries(hosts) } }));
  }

  async function collect(output: string, ...more: string[]) {
    const args = ['collect', '-i', 'hosts.json', '-F', 'none', '-o', output, '--netns', 'init', ...more];
    const ended = await twlint(folder, args);
    const { hosts } = JSON.parse(readFileSync(join(folder, output, 'manifest.json'), 'utf8'));
    const said = hosts.map(({ host, reached }: { host: { name: string }; reached: { reason?: string } }) => [
      host.name,
      reached.reason ?? 'reached',
    ]);
    return { ...ended, said: Object.fromEntries(said) as Record<string, string> };
  }

  it('are named in the retry file, and the next run asks those alone', async () => {
    const first = await collect('first', '--retries', '0', '--retry-file', 'left');
    expect(first.status).toBe(3);
    expect(readFileSync(left, 'utf8')).toBe('db1\ndb2\ndb3\n');
    expect(first.stderr).toContain('twlint: once more for the rest: --limit @left\n');

    // two of them are fixed
    write(['db2']);
    const second = await collect('second', '--retries', '0', '--limit', '@left', '--retry-file', 'left');
    expect(second.said).toEqual({
      db1: 'reached',
      db2: expect.stringMatching(/^127\.0\.0\.1 port \d+ refuses connections/),
      db3: 'reached',
    });
    expect(readFileSync(left, 'utf8')).toBe('db2\n');

    write([]);
    const third = await collect('third', '--limit', '@left', '--retry-file', 'left');
    expect([third.status, third.said]).toEqual([0, { db2: 'reached' }]);
    expect(readFileSync(left, 'utf8')).toBe('');
    expect(third.stderr).not.toContain('--limit');
    expect(existsSync(`${left}.part`)).toBe(false);
  });

  it.each([
    ['1', ['db1', 'db2'], ['db3', 'web2'], 1],
    ['20%', ['db1', 'db2'], ['db3', 'web2'], 1],
    ['0', ['db1'], ['db2', 'db3', 'web2'], 0],
    ['3', ['db1', 'db2', 'db3'], [], 3],
    ['100%', ['db1', 'db2', 'db3'], [], 5],
  ])('end the run when there are too many: --max-failures %s', async (most, failed, unasked, count) => {
    write(DOWN);
    const output = `most-${most}`;
    const { status, said } = await collect(
      output,
      '--retries',
      '0',
      '--concurrency',
      '1',
      '--max-failures',
      most,
    );
    expect(status).toBe(3);
    const why = `not asked: more than ${count} hosts could not be reached (--max-failures)`;
    for (const name of failed) expect(said[name]).toMatch(/refuses connections/);
    for (const name of unasked) expect(said[name]).toBe(why);
    expect(said.web1).toBe('reached');
    if (!unasked.includes('web2')) expect(said.web2).toBe('reached');
  });
});
