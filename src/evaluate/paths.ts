import type { AuditedPath, PathLine } from '../fleet/path-fact.ts';
import { auditPaths } from '../fleet/paths.ts';
import { type CountersOf, sendersFact } from '../fleet/senders-fact.ts';
import type { Gap, Line, Problem } from '../model.ts';
import { type NetnsNode, withBudget } from '../network/topology/nodes.ts';
import { fullBudget } from '../network/walk/budget.ts';
import { onceFor } from '../once-for.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import type { Fact, Facts } from './facts/facts.ts';
import type { FleetPart } from './fleet-part.ts';
import { contextOf, type Subject, toFacts } from './subjects.ts';

/** A path to try rules on. */
export interface PathSubject extends Subject {
  path: AuditedPath;
}

/**
 * Hands over each path, to try rules on. A path is looked at from where it ends: rules see the facts of its server's
 * namespace, and `path`. Where nobody in the inventory is the server, those facts are missing, and are reported so.
 *
 * @param parts of all hosts, in the inventory's order
 * @param each true: none stands for others that are alike
 * @param compared the parts of this fleet and of those that it is compared with
 */
export function eachPathIn(
  parts: readonly FleetPart[],
  vocabulary: Vocabulary,
  each: boolean,
  take: (subject: PathSubject) => void,
  compared = parts,
): Gap[] {
  const nodes = parts.flatMap(nodesIn);
  const factsAt = factsOfNamespaces(parts, vocabulary);
  const countersAt = countersIn(parts);
  const subjectOf = (path: AuditedPath): PathSubject => {
    const { server } = path.fact.value;
    const end = server.host === '' ? externalFacts(server.address, vocabulary) : factsAt(server);
    const own = new Map([
      ...toFacts([['path', { ok: true, value: withHosts(path) }]], vocabulary),
      ...factsOfSenders(path, countersAt, vocabulary),
    ]);
    const facts: Facts = new Map([...end, ...own]);
    return {
      scope: 'path',
      host: path.host,
      namespace: path.namespace,
      own,
      facts,
      context: contextOf(facts),
      atRest: false,
      path,
    };
  };
  const many = each ? Number.POSITIVE_INFINITY : undefined;
  const inAll = compared === parts ? nodes : compared.flatMap(budgetedNodes);
  const gaps = auditPaths(nodes, (path) => take(subjectOf(path)), many, undefined, inAll);
  return gaps.map((gap) => ({ ...gap, fact: 'path', problem: 'partial' }));
}

/** Fleets that are followed one after the other have parts in common, and each has the whole budget. */
function nodesIn(part: FleetPart): readonly NetnsNode[] {
  const nodes = budgetedNodes(part);
  for (const { net } of nodes) net.budget.left = fullBudget().left;
  return nodes;
}

const budgetedNodes = onceFor(({ nodes }: FleetPart) => withBudget(nodes));

export const factsOfSenders = (
  { fact }: AuditedPath,
  countersOf: CountersOf,
  vocabulary: Vocabulary,
): Facts => toFacts([['senders', { ok: true, value: sendersFact(fact.value, countersOf) }]], vocabulary);

function countersIn(parts: readonly FleetPart[]): CountersOf {
  const hosts = new Map(parts.map((part) => [part.host, part.facts]));
  return ({ host, namespace }) => hosts.get(host)?.get(namespace)?.get('counters') as ReturnType<CountersOf>;
}

/** Namespaces whose facts are held as they are encoded. */
const MOST_HELD = 64;

/** Many paths may end in one namespace: its facts are encoded once. */
function factsOfNamespaces(parts: readonly FleetPart[], vocabulary: Vocabulary) {
  const hosts = new Map(parts.map((part) => [part.host, part]));
  const made = new Map<string, Facts>();
  return ({ host, namespace }: { host: string; namespace: string }): Facts => {
    const key = JSON.stringify([host, namespace]);
    // biome-ignore lint/style/noNonNullAssertion: a path's server is a namespace of one of the hosts
    const facts = made.get(key) ?? toFacts([...hosts.get(host)!.facts.get(namespace)!], vocabulary);
    if (made.size >= MOST_HELD) made.clear();
    made.set(key, facts);
    return facts;
  };
}

/** Names the host on each line: lines of several hosts meet in a path's evidence. */
function withHosts({ fact }: AuditedPath): AuditedPath['fact'] {
  const toEvidenceLine = ({ host, namespace, origin, line, text }: PathLine): PathLine & Line => ({
    host,
    namespace,
    origin: `${host}/${namespace} ${origin}`,
    line,
    text,
  });
  return {
    ...fact,
    lines: Object.fromEntries(
      Object.entries(fact.lines).map(([word, lines]) => [word, lines.map(toEvidenceLine)]),
    ),
  };
}

function externalFacts(address: string, { collectors }: Vocabulary): Facts {
  const problem: Problem = 'unreachable';
  const missing: Fact = { ok: false, problem, reason: `the server ${address} is not in the inventory` };
  return new Map([...collectors.keys()].map((id) => [id, missing]));
}

/** Returns what stays the same of a path from run to run: not the address that a container happens to have. */
export function stablePathKey({ fact }: AuditedPath): unknown[] {
  const { kind, protocol, vip, port, fwmark, nat_gateway: natGateway, server } = fact.value;
  return [kind, protocol, vip, port, fwmark, natGateway.host, natGateway.namespace, server.port];
}
