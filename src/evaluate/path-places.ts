import type { AuditedPath } from '../fleet/path-fact.ts';
import type { Merging } from '../network/paths/sources.ts';

/** What is asked of a path after rules were tried on it: no more of it is held. */
export interface PathPlaces {
  /** The host that it ends on; the NAT gateway's where nobody knows whose the server is. */
  endsOn: string;
  /** The namespace that translates (`host/namespace`). */
  natGateway: string;
  merging: Merging;
}

export function pathPlaces({ fact: { value }, merging }: AuditedPath): PathPlaces {
  const { server, nat_gateway: natGateway } = value;
  return {
    endsOn: server.host || natGateway.host,
    natGateway: `${natGateway.host}/${natGateway.namespace}`,
    merging,
  };
}
