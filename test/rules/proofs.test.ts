/**
 * Every rule is proven: its defect is made real and found, each format of its remedy mends it, undoing brings it back,
 * and a healthy twin is silent. See CONTRIBUTING.md, "A rule's proof". TWLINT_PROOFS=HR004,LS011 proves only these.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { proveAll } from './campaign.ts';
import { FOLDER, provenIds, readProof } from './proof.ts';
import type { Problems } from './prove.ts';
import { COLLECTIONS } from './remedies.ts';
import { rules } from './seen.ts';

const proofs = provenIds().map(readProof);
const chosen = process.env.TWLINT_PROOFS?.split(',');
/** Those that a run of tests proves: a machine of its own is too slow for it. */
const tried = proofs.filter(({ id, real }) => real !== 'vm' && (chosen?.includes(id) ?? true));

/** Within which all of it must be done, on the slowest machine. */
const PATIENCE = 900_000;

it('every rule has a proof', () => {
  const proven = proofs.map(({ id }) => id);
  const awaited = load(readFileSync(join(FOLDER, 'unproven.yaml'), 'utf8')) as string[];
  const without = rules.map(({ id }) => id).filter((id) => !proven.includes(id));
  expect(without.filter((id) => !awaited.includes(id))).toEqual([]);
});

it('no proof is of a rule that is gone', () => {
  const there = rules.map(({ id }) => id);
  expect(proofs.filter(({ id }) => !there.includes(id)).map(({ id }) => id)).toEqual([]);
});

const needs = {
  root: true,
  programs: [
    'unshare',
    'nsenter',
    'ip',
    'sysctl',
    'python3',
    'nft',
    'conntrack',
    'iptables',
    'keepalived',
    'ansible-playbook',
  ],
  files: [
    join(COLLECTIONS, 'ansible_collections/ansible/posix'),
    '/usr/lib/systemd/systemd-sysctl',
    '/usr/lib/systemd/systemd-modules-load',
  ],
} as const;

describeWhere(
  { ...needs, programs: [...needs.programs], files: [...needs.files] },
  'a rule is proven',
  () => {
    let problems: Map<string, Problems>;
    beforeAll(async () => {
      problems = await proveAll(tried, temporaryFolder('proofs'));
    }, PATIENCE);

    describe.each(tried)('$id', ({ id }) => {
      it('provoked, mended and undone, and silent where all is well', () => {
        expect(problems.get(id)).toEqual([]);
      });
    });
  },
);
