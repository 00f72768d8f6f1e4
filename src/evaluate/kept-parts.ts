/**
 * What is kept of a host while others are looked at. What many namespaces have alike is held once. The rest is copied: a
 * text that was cut out of another one holds all of that, and what was worked out of a value is held with it.
 */
import type { Finding } from '../model.ts';
import type { RoutingRule } from '../network/routing-rules.ts';
import type { NetnsNode, Unbudgeted } from '../network/topology/nodes.ts';
import { sharedRuleset } from './shared-rulesets.ts';
import { sharing, structureKey } from './sharing.ts';

type Node = Unbudgeted<NetnsNode>;

/** Returns an equal finding. */
export const keptFinding = (finding: Finding): Finding =>
  finding.evidence.length === 0 ? finding : { ...finding, evidence: structuredClone(finding.evidence) };

/** Returns an equal node, with the parts that an earlier one has alike. */
export function keptNode(node: Node): Node {
  const { ruleset, settings, rules, ...own } = node.net;
  return {
    ...structuredClone({ ...node, net: null }),
    net: {
      ...structuredClone(own),
      ruleset: sharedRuleset(ruleset),
      settings: sharedSettings(settings),
      rules: sharedRules(rules),
    },
  };
}

const sharedSettings = sharing((settings: Node['net']['settings']) => structureKey([...settings]));
const sharedRules = sharing((rules: readonly RoutingRule[]) => structureKey(rules));
