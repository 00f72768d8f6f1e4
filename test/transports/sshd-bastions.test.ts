import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/model.ts';
import type { Connections } from '../../src/transports/session.ts';
import { describeWhere } from '../needs.ts';
import { type Connecting, reachTo, runIn, sshTarget } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import type { Sshd } from './sshd.ts';
import { eventually, SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describe.each(['ssh2', 'openssh'] as const)('%s', (transport) => {
  describeWhere(SSHD_NEEDS, 'behind a real bastion', () => {
    const { keys, start, to } = sshdWorld();
    const jump = (...bastions: Sshd[]) =>
      bastions.map(({ address, port }) => `root@${address}:${port}`).join(',');
    const behind = (bastions: Sshd[], host: Sshd, more: Partial<Connecting> = {}): Target =>
      sshTarget({ ...to(host), connection: { proxyJump: jump(...bastions) }, ...more });
    const linesOf = (...servers: Sshd[]) => servers.flatMap(({ hostKeyLines }) => hostKeyLines);
    /** The bastion's key is one of --key; hosts have their own. */
    const reach = (targets: Target[], known: string[], options = {}) =>
      reachTo(targets, known, { transport, keys: [keys.ed25519.file], ...options });
    const connectionsOf = (server: Sshd) => server.log().match(/^Connection from /gm)?.length ?? 0;

    async function said(to: Connections, target: Target, command = 'echo in'): Promise<string> {
      const opened = await to.open(target, new AbortController().signal);
      if (!opened.ok) return opened.reason;
      const { output, lost } = await runIn(opened.value, command);
      opened.value.close();
      return lost ?? output;
    }

    it('all hosts share one connection to it', async () => {
      const [bastion, one, two, three] = await Promise.all([start(), start(), start(), start()]);
      const targets = [one, two, three].map((host) => behind([bastion], host));
      const ways = await reach(targets, linesOf(bastion, one, two, three));
      const answers = await Promise.all(targets.map((target) => said(ways, target, 'echo $SSH_CONNECTION')));
      expect(answers.map((answer) => answer.split(' ')[3]?.trim())).toEqual(
        [one, two, three].map(({ port }) => String(port)),
      );
      expect([bastion, one, two, three].map(connectionsOf)).toEqual([1, 1, 1, 1]);
      ways.close();
      expect(await eventually(() => bastion.processes().length === 0)).toBe(true);
      expect(bastion.log()).not.toMatch(/Starting session/);
    });

    it('and behind a second one', async () => {
      const [outer, inner, host] = await Promise.all([start(), start(), start()]);
      const target = behind([outer, inner], host);
      const ways = await reach([target], linesOf(outer, inner, host));
      expect(await said(ways, target)).toBe('in\n');
      expect([outer, inner, host].map(connectionsOf)).toEqual([1, 1, 1]);
    });

    it('as ssh_config says', async () => {
      const [bastion, host] = await Promise.all([start(), start()]);
      const config = `
Host jump
  HostName 127.0.0.1
  Port ${bastion.port}
  IdentityFile ${keys.rsa.file}
Host web
  HostName 127.0.0.1
  Port ${host.port}
  ProxyJump root@jump
`;
      const target = sshTarget({ port: 0, address: 'web', connection: { port: null } });
      const sshConfig = fileIn(scratchFolder(), 'config', config);
      const ways = await reach([target], linesOf(bastion, host), { sshConfig });
      expect(await said(ways, target)).toBe('in\n');
      expect(bastion.log()).toMatch(/^Accepted publickey for root/m);
    });

    it('a changed key behind it fails that host alone', async () => {
      const [bastion, good, bad] = await Promise.all([start(), start(), start()]);
      const targets = [good, bad].map((host) => behind([bastion], host));
      const forged = good.hostKeyLines[0]!.replace(`:${good.port} `, `:${bad.port} `);
      const ways = await reach(targets, [...linesOf(bastion, good), forged]);
      const [right, wrong] = await Promise.all(targets.map((target) => said(ways, target)));
      expect(right).toBe('in\n');
      expect(wrong).toMatch(/^WARNING: its host key has changed\. It presents ED25519 SHA256:/);
      expect(bad.log()).not.toMatch(/Accepted/);
    });

    it('its own key is verified: whoever is behind it is not reached by one that is not known', async () => {
      const [bastion, host] = await Promise.all([start(), start()]);
      const targets = [behind([bastion], host), behind([bastion], host)];
      const ways = await reach(targets, linesOf(host));
      const reasons = await Promise.all(targets.map((target) => said(ways, target)));
      expect(reasons[0]).toMatch(
        /^the bastion 127\.0\.0\.1 \(127\.0\.0\.1 port \d+\) can't be used: its host key is not known \(ED25519 SHA256:/,
      );
      expect(reasons[1]).toBe(reasons[0]);
      expect([connectionsOf(bastion), connectionsOf(host)]).toEqual([1, 0]);
      expect(bastion.log()).not.toMatch(/Accepted|Failed/);
    });

    it('a changed key of the second bastion is told as its own', async () => {
      const [outer, inner, host] = await Promise.all([start(), start(), start()]);
      const forged = outer.hostKeyLines[0]!.replace(`:${outer.port} `, `:${inner.port} `);
      const target = behind([outer, inner], host);
      const ways = await reach([target], [...linesOf(outer, host), forged]);
      expect(await said(ways, target)).toMatch(
        new RegExp(
          `^the bastion 127.0.0.1 \\(127.0.0.1 port ${inner.port}\\) can't be used: WARNING: its host key has`,
        ),
      );
    });

    it('that lets nobody in says so, once for all', async () => {
      const [bastion, host] = await Promise.all([start({ config: ['DenyUsers root'] }), start()]);
      const targets = [1, 2, 3].map(() => behind([bastion], host));
      const ways = await reach(targets, linesOf(bastion, host));
      const reasons = new Set(await Promise.all(targets.map((target) => said(ways, target))));
      expect(reasons.size).toBe(1);
      expect([...reasons][0]).toMatch(/^the bastion .* can't be used: it did not let root in with .*ED25519/);
      expect(await said(ways, targets[0]!)).toBe([...reasons][0]);
      expect(connectionsOf(bastion)).toBe(1);
    });

    it.each([
      [
        'AllowTcpForwarding no',
        /^the bastion .* does not lead to 127.0.0.1 port \d+ \(.*\): see AllowTcpForwarding/,
      ],
      [
        'PermitOpen 192.0.2.1:22',
        /^the bastion .* does not lead to 127.0.0.1 port \d+ \(.*\): .* PermitOpen/,
      ],
    ])('%s', async (config, says) => {
      const [bastion, host] = await Promise.all([start({ config: [config] }), start()]);
      const target = behind([bastion], host);
      expect(await said(await reach([target], linesOf(bastion, host)), target)).toMatch(says);
    });

    it('a host that is down behind it is told as such', async () => {
      const bastion = await start();
      const target = sshTarget({ port: 1, connection: { proxyJump: jump(bastion) } });
      const ways = await reach([target], linesOf(bastion));
      expect(await said(ways, target)).toMatch(
        /^the bastion .* has no connection to 127\.0\.0\.1 port 1 \(Connection refused\): is the host up, is sshd running/,
      );
    });

    it('that died is connected to again, and what it took along is told', async () => {
      const [bastion, host] = await Promise.all([start(), start()]);
      const target = behind([bastion], host);
      const ways = await reach([target], linesOf(bastion, host));
      const running = said(ways, target, 'echo begun; sleep 20');
      expect(await eventually(() => host.processes().includes('sleep'))).toBe(true);
      bastion.dropConnections();
      // at once: the client of the lost connection takes a moment to notice
      const [lost, again] = await Promise.all([running, said(ways, target)]);
      expect(lost).toMatch(/^the host or the bastion 127.0.0.1 .* closed the connection/);
      expect(again).toBe('in\n');
      expect(connectionsOf(bastion)).toBe(2);
    });

    it('the clock of a host begins when its bastion is there', async () => {
      const [bastion, host] = await Promise.all([start(), start()]);
      const target = behind([bastion], host, { identityFile: keys.ed25519.file });
      const ways = await reach([target], linesOf(bastion, host), { connectTimeout: 3000 });
      expect(await said(ways, target)).toBe('in\n');
    });
  });
});
