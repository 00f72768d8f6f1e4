import type { HostEvidence } from '../model.ts';
import type { Path } from './path-fact.ts';

/** The collected facts that paths are made of. */
export const PATH_READS: readonly string[] = [
  'addresses',
  'ipvs',
  'kernel',
  'listeners',
  'namespaces',
  'nat',
  'routes',
  'sysctl',
];

/** Every path of the fleet, in an order of its own that is the same for the same evidence. */
export function pathsOf(_hosts: readonly HostEvidence[]): Path[] {
  return [];
}
