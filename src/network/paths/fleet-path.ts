import type { Address } from '../address-text.ts';
import type { RealServer } from '../ipvs.ts';
import type { Station } from '../topology/stations.ts';
import type { Holding } from '../topology/topology.ts';
import type { ServerEnd } from './server.ts';
import type { Source } from './sources.ts';
import type { Way } from './ways.ts';

/** A way of packets from clients to a server, through a director that changes their addresses. */
export interface FleetPath {
  kind: 'ipvs' | 'dnat' | 'snat';
  protocol: number;
  /** Null where no address is translated but the source. */
  vip: Address | null;
  /** 0: any. */
  port: number;
  fwmark: number;
  director: Station;
  server: ServerEnd & { address: Address; port: number; real: RealServer | null };
  /** Those who have the virtual address on the director's segment. */
  owners: Holding[];
  ways: Way[];
  sources: Source[];
  /** Rules of the director that change source addresses at all. */
  sourceRules: number;
}
