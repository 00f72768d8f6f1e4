import type { Parsed } from '../define.ts';
import type { Answer } from '../model.ts';
import type { NetnsNode, Unbudgeted } from '../network/topology/nodes.ts';

/** The part of a host that the fleet needs, as plain values. */
export interface FleetPart {
  host: string;
  /** Its namespaces, as packets meet them. */
  nodes: Unbudgeted<NetnsNode>[];
  /** Facts by a namespace's name, and their own: rules about paths read those of a server's namespace. */
  facts: ReadonlyMap<string, ReadonlyMap<string, Answer<Parsed<unknown>>>>;
  /** Facts of the host that rules about it beside others read; none where there are no such rules. */
  ofHost: ReadonlyMap<string, Answer<Parsed<unknown>>>;
  /** True when it does not run: an image. */
  atRest: boolean;
}
