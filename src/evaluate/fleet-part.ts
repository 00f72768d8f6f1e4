import type { Parsed } from '../define.ts';
import type { Answer } from '../model.ts';
import type { NetnsNode, Unbudgeted } from '../network/topology/nodes.ts';

/** What the fleet needs of a host, as plain values: one process can hand it to another. */
export interface FleetPart {
  host: string;
  /** Its namespaces, as packets meet them. */
  nodes: Unbudgeted<NetnsNode>[];
  /** By a namespace's name, and a fact's: what rules about paths read of a server's namespace. */
  facts: ReadonlyMap<string, ReadonlyMap<string, Answer<Parsed<unknown>>>>;
}
