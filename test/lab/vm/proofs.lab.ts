/** The proofs whose defects want a kernel with IPVS, each on hosts of namespaces within one machine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveAll } from '../../rules/campaign.ts';
import { provenIds, readProof } from '../../rules/proof.ts';
import type { Problems } from '../../rules/prove.ts';
import { temporaryFolder } from '../../temporary.ts';
import { type Machine, startMachine } from './machine.ts';

/** Its processors are emulated. */
const AT_ONCE = 3;
const PATIENCE = 3_000_000;

const chosen = process.env.TWLINT_PROOFS?.split(',');
const proofs = provenIds()
  .filter((id) => chosen?.includes(id) ?? true)
  .map(readProof)
  .filter(({ real }) => real === 'vm');

describe('a rule is proven in a machine with IPVS', () => {
  let machine: Machine;
  let problems: Map<string, Problems>;
  beforeAll(async () => {
    machine = await startMachine();
    machine.run('/whole.sh');
    problems = await proveAll(proofs, temporaryFolder('proofs'), { machine: machine.whole, atOnce: AT_ONCE });
  }, PATIENCE);
  afterAll(() => machine?.stop());

  it.each(proofs.map(({ id }) => id))('%s', (id) => {
    expect(problems.get(id)).toEqual([]);
  });
});
