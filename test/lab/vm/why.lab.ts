/** `why` on broken hosts that want a kernel with IPVS. TWLINT_LABS=proof-IV001 tries only this one. */
import { afterAll, beforeAll, describe } from 'vitest';
import { chosenLabs } from '../../why/lab.ts';
import { tryLabs } from '../../why/trying.ts';
import { type Machine, startMachine } from './machine.ts';

const PATIENCE = 600_000;

describe('why, in a machine with IPVS', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await startMachine();
    machine.run('/whole.sh');
  }, PATIENCE);
  afterAll(() => machine?.stop());

  tryLabs(
    chosenLabs().filter(({ inMachine }) => inMachine),
    () => machine.whole,
    false,
  );
});
