import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { examined } from '../../src/commands/doctor/checks.ts';
import type { Answer } from '../../src/model.ts';

const demo = readSnapshot(join(import.meta.dirname, '../../inventories/demo'));
const host = demo.hosts.find((one) => one.host.name === 's2')!;
type Missing = Omit<Extract<Answer<string>, { ok: false }>, 'ok'>;

/** The remedies for a host whose probe gave this answer instead. */
function remedies(probe: string, answer: Missing): string[] {
  const evidence = host.evidence.map((one) =>
    one.probe === probe ? { ...one, answer: { ok: false as const, ...answer } } : one,
  );
  const { checks } = examined({ ...host, evidence }, []);
  return checks.flatMap(({ stage, ok, remedy }) => (stage === 'facts' && !ok ? remedy : []));
}

it.each([
  ['nat.legacy', 'iptables-legacy-save', 'install iptables (iptables-legacy on Red Hat) there'],
  ['nat.nftables', 'nft', 'install nftables there'],
  ['nat.nft', 'iptables-nft-save', 'install iptables there'],
  ['routes.routes', 'ip', 'install iproute2 (iproute on Red Hat) there'],
  ['routes.routes', 'constructor', 'install constructor there'],
])('%s without %s, in whatever words: %s', (probe, program, remedy) => {
  for (const reason of [`${program} is not installed`, `no ${program} there`, 'programme manquant'])
    expect(remedies(probe, { problem: 'unsupported', reason, program })).toContain(remedy);
});

it.each(['nft is not installed', 'sh: 1: ip: said that ip is not installed', 'nothing -save is installed'])(
  'words that a program printed choose no remedy: %s',
  (reason) => {
    const [by] = remedies('nat.legacy', { problem: 'failed', reason });
    expect(by).toMatch(/^run it there by hand/);
    expect(remedies('nat.legacy', { problem: 'unsupported', reason })).toContain('');
  },
);
