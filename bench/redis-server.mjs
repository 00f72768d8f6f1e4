// A real redis-server with an append-only file, for as long as something is measured.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs it in a folder, and ends it when `work` is done. `inside`: the words that run a command in the network where it is
 * to listen. Who calls `told` gets what Redis says of itself by that name.
 */
export async function withRedis({ folder, port, inside = [] }, work) {
  const run = (...words) => [...inside, ...words].map(String);
  const [program, ...args] = run(
    ...['redis-server', '--port', port, '--bind', '127.0.0.1'],
    ...['--save', '', '--appendonly', 'yes', '--dir', folder],
  );
  const server = spawn(program, args, { stdio: 'ignore' });
  const cli = (...words) => {
    const [command, ...rest] = run('redis-cli', '-p', port, ...words);
    return spawnSync(command, rest, { encoding: 'utf8' }).stdout;
  };
  const told = (section, name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(cli('info', section))?.[1]);
  try {
    while (Number.isNaN(told('memory', 'used_memory'))) {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
      await sleep(50);
    }
    return await work({
      url: `redis://127.0.0.1:${port}`,
      told,
      resetPeak: () => cli('config', 'resetstat'),
    });
  } finally {
    const ended = once(server, 'exit');
    if (server.exitCode === null && server.kill('SIGKILL')) await ended;
  }
}
