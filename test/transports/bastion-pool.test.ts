import { expect, it } from 'vitest';
import type { SshSettings } from '../../src/transports/settings/ssh-settings.ts';
import { bastionPool } from '../../src/transports/ssh2/bastion-pool.ts';

it('a mistake of our own on the way to a bastion reaches everybody who waits for it', async () => {
  const pool = bastionPool<never>({
    connectTo: async () => {
      throw new Error('a mistake');
    },
    isUsable: () => true,
    retries: 0,
  });
  const bastion = { address: 'bastion' } as SshSettings;
  const waiting = [1, 2].map(() =>
    pool.get(bastion, new AbortController().signal, () => ({ what: 'interrupted', remedy: '' })),
  );
  const ended = await Promise.allSettled(waiting);
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
