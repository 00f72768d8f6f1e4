/** Divides the hosts of a run into jobs. */
import type { Target } from '../model.ts';
import { BATCH_SIZE, type Batch, type Job, type QueuedHost } from './messages.ts';

/** The most batches of one job: past them, a second worker takes hosts behind the same bastion. */
const MOST_BATCHES = 64;

/**
 * Returns the jobs of a run: hosts behind one bastion are one job, so that one worker connects to it, and one batch
 * comes after the other. The same hosts make the same jobs, whenever the run is gone on with.
 */
export function divide(run: string, targets: readonly Target[]): Job[] {
  const byBastion = new Map<string | null, QueuedHost[]>();
  for (const [position, { host, connection }] of targets.entries()) {
    const bastion = bastionOf(connection);
    const hosts = byBastion.get(bastion) ?? [];
    byBastion.set(bastion, hosts);
    hosts.push({ name: host.name, position });
  }
  let number = 0;
  return [...byBastion].flatMap(([bastion, hosts]) => {
    const batches = slices(hosts, BATCH_SIZE).map((some): Batch => ({ number: number++, hosts: some }));
    return slices(batches, bastion === null ? 1 : MOST_BATCHES).map((some): Job => ({ run, batches: some }));
  });
}

/** Returns the bastion that the inventory names; those of ssh_config are known to the workers alone. */
function bastionOf(connection: Target['connection']): string | null {
  if (connection.kind !== 'ssh') return null;
  const option = connection.sshOptions?.find((text) => /^proxy(?:jump|command)\s*[= ]/i.test(text));
  return connection.proxyJump ?? option ?? null;
}

const slices = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
