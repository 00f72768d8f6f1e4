/** Differences by what made them: one rule that moves thousands of packets is one cause. */
import { groupBy } from '../../grouped-by.ts';
import { setKey, union } from '../addresses.ts';
import { causeOf, type TraceStep } from '../trace/steps.ts';
import type { PacketSet } from '../walk/packets.ts';
import type { FleetDifference } from './fleet-differences.ts';
import { stepKey } from './parting.ts';

/** Differences that the same steps made, those of the first of them. */
export interface DifferenceCause {
  /** Equal for the same cause in another run: made of texts alone. */
  key: string;
  differences: [FleetDifference, ...FleetDifference[]];
}

export function causesOf(differences: readonly FleetDifference[]): DifferenceCause[] {
  return groupBy(differences, causeKey).map((group) => ({ key: causeKey(group[0]), differences: group }));
}

/** What drops packets is the cause, wherever they would go without it. */
function causeKey({ kind, parting }: FleetDifference): string {
  const steps =
    kind === 'stops'
      ? [parting.after]
      : kind === 'starts'
        ? [parting.before]
        : [parting.before, parting.after];
  const acting = steps.map((step) => (step && acts(step) ? stepKey(step) : ''));
  const places = acting.some((key) => key !== '') ? [] : steps.map((step) => step?.node.name ?? '');
  return [kind, ...acting, ...places].join('\n');
}

/** Tells whether a rule, a setting, a service or the lack of a route did something, and packets did not just go on. */
export const acts = (step: TraceStep): boolean =>
  causeOf(step) !== null ||
  ['policy', 'ipvs', 'routing', 'forwarding', 'martian', 'reverse-path'].includes(step.kind);

/** Joins the sets of items that are alike but for one of these fields, which then has all that theirs had. */
export function setsJoined<T extends { packets: PacketSet }>(
  items: readonly T[],
  field: 'source' | 'destination',
  keyOf: (item: T) => string,
): { packets: PacketSet; items: [T, ...T[]] }[] {
  return groupBy(items, (item) => `${keyOf(item)} ${keyWithout(item.packets, [field])}`).map((group) => {
    const addresses = group.map(({ packets }) => packets[field]).reduce(union);
    return { packets: { ...group[0].packets, [field]: addresses }, items: group };
  });
}

const keyWithout = (packets: PacketSet, left: readonly (keyof PacketSet)[]): string =>
  [
    left.includes('source') ? '' : setKey(packets.source),
    left.includes('destination') ? '' : setKey(packets.destination),
    packets.protocol,
    packets.sourcePort,
    packets.destinationPort,
  ].join(' ');
