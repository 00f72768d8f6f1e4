/** The questions of the collectors, asked of this machine under each shell that hosts have. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../src/transports/script/frames.ts';
import { describeWhere } from '../needs.ts';
import { answers, fact, ownNamespace, SHELLS, scriptFor } from './asking.ts';

const NOBODY = 65534;

const kernelSays = (path: string) => readFileSync(path, 'utf8').trim().replaceAll('\t', ' ');

/** What must be so whoever asks. */
function expectPublicFacts(frames: Frame[], port: number) {
  const here = ownNamespace(frames);
  const { value: sysctl, lines } = fact<Record<string, unknown>>(frames, 'sysctl', here);
  expect(String(sysctl['net.core.somaxconn'])).toBe(kernelSays('/proc/sys/net/core/somaxconn'));
  expect(sysctl['net.ipv4.tcp_rmem']).toBe(kernelSays('/proc/sys/net/ipv4/tcp_rmem'));
  expect(sysctl).toHaveProperty(['net.ipv4.conf.lo.rp_filter']);
  expect(sysctl).toHaveProperty(['net.ipv4.conf.all.accept_redirects']);
  expect(sysctl).not.toHaveProperty(['net.ipv4.conf.lo.accept_redirects']);
  expect(lines?.['net.core.somaxconn']).toMatchObject({ origin: '/proc/sys/net/core/somaxconn' });
  expect(JSON.stringify(frames)).not.toMatch(/tcp_fastopen_key:|stable_secret:|\/flush/);

  const { value: counters } = fact<{ total: Record<string, number> }>(frames, 'counters', here);
  expect(counters.total).toHaveProperty(['ListenDrops']);
  expect(counters.total).toHaveProperty(['Tcp.CurrEstab']);
  const { value: listeners } = fact<{ list: unknown[] }>(frames, 'listeners', here);
  expect(listeners.list).toContainEqual({ address: '127.0.0.1', port });
  expect(fact(frames, 'kernel', null).value).toMatchObject({
    release: kernelSays('/proc/sys/kernel/osrelease'),
    hostname: kernelSays('/proc/sys/kernel/hostname'),
  });
  fact(frames, 'conntrack', here);
  fact(frames, 'sysctl_boot', null);
  expect(fact(frames, 'namespaces', null).value).toMatchObject({ list: [{ name: 'init', init: true }] });
}

describeWhere({ root: true, programs: ['dash', 'busybox', 'bash', 'ip'] }, 'asking this machine', () => {
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => server.close());

  describe.each(SHELLS)('with %s', (shell, command) => {
    it('as root', async () => {
      const frames = await answers(command, scriptFor('init'));
      expectPublicFacts(frames, port);
      const { value, unreadable } = fact<object>(frames, 'sysctl', ownNamespace(frames));
      expect(unreadable).toEqual({});
      expect(Object.keys(value).length).toBeGreaterThan(200);
      // Debian's busybox prefers an ip of its own, which knows nothing of metrics
      const { answer } = frames.find(({ probe }) => probe === 'tcp_metrics.show')!;
      if (shell === 'busybox') expect(answer).toMatchObject({ ok: false, problem: 'unsupported' });
      else fact(frames, 'tcp_metrics', ownNamespace(frames));
    });

    it('as a plain user, who is told what he may not see', async () => {
      const frames = await answers(command, scriptFor('init'), NOBODY);
      expectPublicFacts(frames, port);
      const { value, unreadable } = fact(frames, 'sysctl', ownNamespace(frames));
      expect(unreadable).toMatchObject({ 'net.core.bpf_jit_limit': 'permission denied' });
      expect(value).not.toHaveProperty(['net.core.bpf_jit_limit']);
    });
  });
});
