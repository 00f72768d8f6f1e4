import type { Address } from '../address-text.ts';
import type { RealServer } from '../ipvs.ts';
import type { NetnsNode } from '../topology/nodes.ts';
import type { AddressOwner } from '../topology/topology.ts';
import type { ClientTrace } from './client-traces.ts';
import type { ServerEnd } from './server.ts';
import type { SeenSource } from './sources.ts';

/** A path of packets from clients to a server, through a NAT gateway. */
export interface FleetPath {
  kind: 'ipvs' | 'dnat' | 'snat';
  protocol: number;
  /** The virtual address; null where no address is translated but the source. */
  vip: Address | null;
  /** The port; 0: any. */
  port: number;
  fwmark: number;
  natGateway: NetnsNode;
  server: ServerEnd & { address: Address; port: number; real: RealServer | null };
  /** The owners of the virtual address on the gateway's segment. */
  owners: AddressOwner[];
  clientTraces: ClientTrace[];
  sources: SeenSource[];
  /** The number of the gateway's rules that change source addresses at all. */
  sourceRules: number;
  /** The number of further paths that are like this one but for the addresses of service and server. */
  alike: number;
}
