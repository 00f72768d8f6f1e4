/** The packets that a trace began with, as far as its way tells them apart. */
import { assertNever } from '../rule-parts.ts';
import type { PacketSet } from '../walk/packets.ts';
import type { Rewrite } from '../walk/step.ts';

/** Returns the packets of which these fields are as those of others. */
export const narrowed = (set: PacketSet, to: PacketSet, fields: readonly (keyof PacketSet)[]): PacketSet => ({
  ...set,
  ...Object.fromEntries(fields.map((field) => [field, to[field]])),
});

export function isRewritten(field: keyof PacketSet, { source, destination, ports }: Rewrite): boolean {
  switch (field) {
    case 'source':
      return source !== null;
    case 'destination':
      return destination !== null;
    case 'sourcePort':
      return ports.source !== null;
    case 'destinationPort':
      return ports.destination !== null;
    case 'protocol':
      return false;
    default:
      return assertNever(field);
  }
}
