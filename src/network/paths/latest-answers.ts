/** Answers about namespaces that are asked again: fleets that differ in one host are followed one after the other. */
import { type AddressSet, equals } from '../addresses.ts';
import type { NetnsNode } from '../topology/nodes.ts';

interface Known<T> {
  about: AddressSet;
  answer: T;
  /** What it took of the budget of the node's host. */
  cost: number;
}

/**
 * Returns a function that works an answer out once for each node, as long as it is asked about the same addresses. The
 * budget is the same afterwards as if it had been worked out again; what took all of it is.
 */
export function latestAnswers<T>(
  workOut: (node: NetnsNode, about: AddressSet) => T,
): (node: NetnsNode, about: AddressSet) => T {
  const latest = new WeakMap<NetnsNode, Known<T>>();
  return (node, about) => {
    const { budget } = node.net;
    const known = latest.get(node);
    if (known !== undefined && known.cost <= budget.left && equals(known.about, about)) {
      budget.left -= known.cost;
      return known.answer;
    }
    const full = budget.left;
    const answer = workOut(node, about);
    if (budget.left >= 0) latest.set(node, { about, answer, cost: full - budget.left });
    return answer;
  };
}
