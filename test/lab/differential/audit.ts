/** The router as a live audit sees it: asked by the collection script, read by the collectors, made a node of. */
import { collectHost } from '../../../src/collect/host.ts';
import { planFor } from '../../../src/collect/plan.ts';
import { collectors } from '../../../src/collectors/index.ts';
import { NODE_FACTS, nodesOf } from '../../../src/fleet/nodes.ts';
import { readHost } from '../../../src/host/host-model.ts';
import type { HostEvidence, Target } from '../../../src/model.ts';
import { type NetnsNode, withBudget } from '../../../src/network/topology/nodes.ts';
import type { Namespace } from '../../../src/network/walk/namespace.ts';
import type { Lab } from './lab.ts';

const ROUTER: Target = {
  host: { name: 'router', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
  connection: { kind: 'local', become: null },
};
const plan = planFor(NODE_FACTS, collectors, 'init');
const TIMEOUT = 60_000;

/** What the router says to a live audit. */
export async function evidenceOf({ open }: Lab): Promise<HostEvidence> {
  const options = { open, plan, interval: null, timeout: TIMEOUT, retries: 0 };
  const asked = await collectHost(
    ROUTER,
    { ...options, becomePassword: null, identity: '', onCheck: () => {} },
    new AbortController().signal,
  );
  if (!asked.reached.ok) throw new Error(asked.reached.reason);
  return asked;
}

/** The router as the engine knows it by that. */
export function nodeIn(evidence: HostEvidence): NetnsNode {
  const [node] = withBudget(nodesOf(readHost(evidence)));
  if (!node) throw new Error('the router has no namespace');
  if (node.missing.length > 0) throw new Error(node.missing.map(({ reason }) => reason).join('\n'));
  return node;
}

export const audit = async (lab: Lab): Promise<Namespace> => nodeIn(await evidenceOf(lab)).net;
