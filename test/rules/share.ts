/**
 * Every rule is proven: its defect is made real and found, each format of its remedy mends it, undoing brings it back,
 * and a healthy twin is silent. See CONTRIBUTING.md, "A rule's proof". TWLINT_PROOFS=HR004,LS011 proves only these.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { proveAll } from './campaign.ts';
import { provenIds, readProof } from './proof.ts';
import type { Problems } from './prove.ts';
import { COLLECTIONS } from './remedies.ts';

/** Files of tests, each of which proves its share: so many can run at once. */
const SHARES = 2;

/** Within which all of it must be done, on the slowest machine. */
const PATIENCE = 900_000;

const NEEDS = {
  root: true as const,
  programs: [
    ...['unshare', 'nsenter', 'ip', 'sysctl', 'python3', 'nft', 'conntrack', 'iptables'],
    ...['keepalived', 'ansible-playbook', 'firewalld', 'dbus-daemon'],
  ],
  files: [
    join(COLLECTIONS, 'ansible_collections/ansible/posix'),
    '/usr/lib/systemd/systemd-sysctl',
    '/usr/lib/systemd/systemd-modules-load',
  ],
};

/** Proves every so-manyth rule, beginning with this one, from 1. */
export function proveShare(which: number): void {
  const chosen = process.env.TWLINT_PROOFS?.split(',');
  const proofs = provenIds()
    .filter((id) => chosen?.includes(id) ?? true)
    .filter((_, i) => i % SHARES === which - 1)
    .map(readProof);
  /** Those that a run of tests proves: a machine of its own is too slow for it. */
  const tried = proofs.filter(({ real }) => real !== 'vm');
  if (tried.length === 0) {
    it.skip('none of the chosen rules is in this share', () => {});
    return;
  }
  describeWhere(NEEDS, 'a rule is proven', () => {
    let problems: Map<string, Problems>;
    beforeAll(async () => {
      problems = await proveAll(tried, temporaryFolder('proofs'));
    }, PATIENCE);

    describe.each(tried)('$id', ({ id }) => {
      it('provoked, mended and undone, and silent where all is well', () => {
        expect(problems.get(id)).toEqual([]);
      });
    });
  });
}
