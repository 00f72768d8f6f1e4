/** Interfaces known to be on one segment: a set that grows as what they are joined by is found. */
import type { Interface } from '../interfaces.ts';
import type { NetnsNode } from './nodes.ts';

/** An interface of a namespace. */
export interface End {
  node: NetnsNode;
  device: Interface;
  group: Segment;
}

/** Ends that are on one segment; `into` once it has been joined to another. */
export interface Segment {
  into: Segment | null;
  number: number;
}

export const endsOf = (nodes: readonly NetnsNode[]): End[] =>
  nodes.flatMap((node) =>
    node.net.interfaces.map((device): End => ({ node, device, group: { into: null, number: -1 } })),
  );

export function segmentOf(end: End): Segment {
  let root = end.group;
  while (root.into) root = root.into;
  // the next look takes one step, however long the row of bridges was
  // biome-ignore lint/style/noNonNullAssertion: all but the root are joined into another
  for (let at = end.group; at !== root; ) [at.into, at] = [root, at.into!];
  return root;
}

export function join(a: End, b: End): void {
  const [rootA, rootB] = [segmentOf(a), segmentOf(b)];
  if (rootA !== rootB) rootB.into = rootA;
}
