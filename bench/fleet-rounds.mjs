// Interleaved rounds of clients that ask the hosts of one lab: processor time of each, and of the hosts meanwhile.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCgroup } from './cgroup.mjs';

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
export const isInstalled = ({ needs }) =>
  needs === undefined || spawnSync('sh', ['-c', 'command -v "$0"', needs.program]).status === 0;

/**
 * Asks all hosts by each client, so many times; every other round in the other order.
 *
 * @returns of each client in each round: milliseconds of the client's and of the hosts' processor time a host, and seconds
 */
export async function inRounds(lab, clients, folder, rounds) {
  const cgroup = makeCgroup('twlint-bench-client');
  const runs = new Map(clients.map((client) => [client, []]));
  try {
    const idle = lab.cgroup.size();
    for (let round = 0; round < rounds; round++)
      for (const client of round % 2 === 0 ? clients : [...clients].reverse()) {
        rmSync(join(folder, 'evidence'), { recursive: true, force: true });
        const [ofClient, ofHosts, began] = [cgroup.usage(), lab.cgroup.usage(), performance.now()];
        await run(client, lab, cgroup, folder);
        const seconds = (performance.now() - began) / 1000;
        while (lab.cgroup.size() > idle) await sleep(20);
        runs.get(client).push({
          client: (cgroup.usage() - ofClient) / client.hosts,
          hosts: (lab.cgroup.usage() - ofHosts) / client.hosts,
          seconds,
        });
      }
  } finally {
    cgroup.remove();
  }
  return runs;
}

/** Runs one client to its end, in its cgroup, where the hosts' addresses are. */
async function run({ name, words }, { inside }, cgroup, folder) {
  const child = spawn(
    'sh',
    ['-c', 'echo $$ >"$0" && exec "$@"', cgroup.procs, ...inside, 'env', `HOME=${folder}`, ...words],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${said.slice(-600)}`);
}
