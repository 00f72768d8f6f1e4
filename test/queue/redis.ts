import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import type { Needs } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { freePort } from '../transports/sshd.ts';

/** What tests against a real Redis need of the machine. */
export const REDIS_NEEDS: Needs = { programs: ['redis-server'] };

/** A real Redis, with an append-only file, on a free port of this machine. */
export interface RedisServer {
  url(): string;
  /** Somebody else who is let in. */
  stranger(password?: string): Redis;
  /** Kills it, as a crash would, and starts it again with what its file has. */
  restart(): Promise<void>;
  begin(): Promise<void>;
  end(): Promise<void>;
  /** The bytes of all that was ever written to it. */
  written(): Buffer;
}

/** Starts one for a file of tests; call it in a `describe`. */
export function redisServer(config: (folder: string) => string[] = () => []): RedisServer {
  const folder = temporaryFolder('redis');
  const strangers: Redis[] = [];
  let port = 0;
  let child: ChildProcess;
  const begin = async () => {
    const file = ['--appendonly', 'yes', '--save', '', '--dir', folder];
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', ...file, ...config(folder)];
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const text of child.stdout!) if (/Ready to accept connections/.test(`${text}`)) break;
    child.stdout!.resume();
  };
  const end = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  beforeAll(async () => {
    port = await freePort();
    await begin();
  });
  afterAll(async () => {
    for (const redis of strangers) redis.disconnect();
    await end();
  });
  return {
    url: () => `redis://127.0.0.1:${port}`,
    stranger(password) {
      const redis = new Redis({ port, host: '127.0.0.1', ...(password !== undefined && { password }) });
      redis.on('error', () => {});
      strangers.push(redis);
      return redis;
    },
    begin,
    end,
    async restart() {
      await end();
      await begin();
    },
    written() {
      const files = readdirSync(join(folder, 'appendonlydir'));
      return Buffer.concat(files.map((file) => readFileSync(join(folder, 'appendonlydir', file))));
    },
  };
}
