import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SshdWorld } from '../transports/sshd-world.ts';

/** Many hosts, which are one sshd on as many addresses. */
export interface SshFleet {
  /** The options by which they are found, with what coordinator and workers have alike. */
  inventory: string[];
  /** The options by which they are reached. */
  means: string[];
}

/**
 * Brings up hosts of this machine's, `h0001` and so on, and writes their inventory.
 *
 * @param more lines of the inventory in INI
 */
export async function sshFleet(
  { start, keys }: SshdWorld,
  folder: string,
  count: number,
  more: string[] = [],
): Promise<SshFleet> {
  const server = await start({ address: '0.0.0.0', config: ['MaxSessions 100'] });
  const addresses = Array.from(
    { length: count },
    (_, i) => `127.9.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`,
  );
  const hosts = addresses.map((address, i) => `h${`${i + 1}`.padStart(4, '0')} ansible_host=${address}`);
  const file = join(folder, 'hosts.ini');
  writeFileSync(
    file,
    `[all:vars]\nansible_user=root\nansible_port=${server.port}\n[fleet]\n${[...hosts, ...more].join('\n')}\n`,
  );
  const known = join(folder, 'known_hosts');
  const [, key] = /^\S+ (.*)$/.exec(server.hostKeyLines[0]!)!;
  writeFileSync(known, `* ${key}\n`);
  return {
    inventory: ['-i', file, '--netns', 'init'],
    means: ['-F', 'none', '--key', keys.ed25519.file, '--known-hosts', known],
  };
}
