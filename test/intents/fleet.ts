import type { FleetOfRun } from '../../src/intents/fleet-names.ts';
import type { NetnsNode } from '../../src/network/topology/nodes.ts';
import { topologyOf } from '../../src/network/topology/topology.ts';

/** What an inventory says of a host of a fleet in words, and whether it could be asked. */
export interface HostWords {
  groups?: string[];
  unreached?: string;
}

/** Returns a fleet of these namespaces; hosts that have none are named by `hosts` alone. */
export function fleetOf(nodes: readonly NetnsNode[], hosts: Record<string, HostWords> = {}): FleetOfRun {
  const names = [...new Set([...nodes.map(({ host }) => host), ...Object.keys(hosts)])];
  return {
    topology: topologyOf(nodes),
    hosts: names.map((name) => {
      const { groups = [], unreached } = hosts[name] ?? {};
      return {
        host: { name, groups },
        reached:
          unreached === undefined
            ? { ok: true, value: null }
            : { ok: false, problem: 'unreachable', reason: unreached },
      };
    }),
  };
}

/** Of intents whose text is in no file: what their tests would name is nowhere. */
export const NO_EVIDENCE = { folder: '/nowhere', root: '/nowhere' };
