import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import type { Evidence } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { twlint } from '../twlint.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';

describeWhere(SSHD_NEEDS, 'the same host, asked by both clients', () => {
  const { keys, start } = sshdWorld();

  it('says the same, as far as it says the same twice', async () => {
    const server = await start();
    const folder = scratchFolder();
    const known = fileIn(folder, 'known', `${server.hostKeyLines.join('\n')}\n`);
    const place = `ansible_host=127.0.0.1 ansible_port=${server.port} ansible_user=root`;
    const hosts = fileIn(folder, 'hosts', `host ${place}\n`);
    const collect = async (transport: string, name: string): Promise<Evidence[]> => {
      const out = join(folder, name);
      const where = ['-i', hosts, '-F', 'none', '--known-hosts', known, '--key', keys.ed25519.file];
      const how = ['--transport', transport, '-v', '--netns', 'init', '--interval', '1s', '--quiet'];
      const { status, stderr } = await twlint(folder, ['collect', ...where, ...how, '-o', out]);
      expect(stderr).toContain(`twlint: host: ${transport}: as it was asked for\n`);
      expect(status).toBe(0);
      return readSnapshot(out).hosts[0]!.evidence;
    };
    const first = await collect('ssh2', 'first');
    const other = await collect('openssh', 'other');
    const again = await collect('ssh2', 'again');
    expect(server.log().match(/^Accepted publickey/gm)).toHaveLength(3);
    expect(new Set(other.map(({ sample }) => sample))).toEqual(new Set([0, 1]));
    expect(other.map(outline)).toEqual(first.map(outline));
    const stable = first.filter((each, index) => said(each) === said(again[index]!));
    expect(stable.length).toBeGreaterThan(first.length / 2);
    const names = new Set(stable.map(outline));
    expect(other.filter((each) => names.has(outline(each))).map(said)).toEqual(stable.map(said));
  });
});

/** What was asked, and whether it was answered. */
const outline = ({ probe, sample, answer }: Evidence) =>
  `${probe} ${sample} ${answer.ok ? 'ok' : answer.problem}`;

const said = (evidence: Evidence) =>
  `${outline(evidence)} ${evidence.answer.ok ? evidence.answer.value : evidence.answer.reason}`;
