/** The router as a live audit sees it: asked by the collection script, read by the collectors, made a node of. */
import { collectHost } from '../../../src/collect/host.ts';
import { planFor } from '../../../src/collect/plan.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { NODE_COLLECTORS, nodesOf } from '../../../src/fleet/nodes.ts';
import { readHost } from '../../../src/host/host-model.ts';
import type { Target } from '../../../src/model.ts';
import { withBudget } from '../../../src/network/topology/nodes.ts';
import type { Namespace } from '../../../src/network/walk/namespace.ts';
import type { Lab } from './lab.ts';

const ROUTER: Target = {
  host: { name: 'router', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
  connection: { kind: 'local', become: null },
};
const plan = planFor(
  NODE_COLLECTORS.map(({ id }) => id),
  collectors,
  'init',
);
const TIMEOUT = 60_000;

export async function audit({ open }: Lab): Promise<Namespace> {
  const options = { open, plan, interval: null, timeout: TIMEOUT, retries: 0 };
  const asked = await collectHost(
    ROUTER,
    { ...options, becomePassword: null, identity: '', onCheck: () => {} },
    new AbortController().signal,
  );
  if (!asked.reached.ok) throw new Error(asked.reached.reason);
  const [node] = withBudget(nodesOf(readHost(asked)));
  if (!node) throw new Error('the router has no namespace');
  if (node.missing.length > 0) throw new Error(node.missing.map(({ reason }) => reason).join('\n'));
  return node.net;
}
