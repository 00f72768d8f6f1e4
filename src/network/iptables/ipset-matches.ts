/** A look-up in an ipset, written out as matches on the packet. */
import { type AddressSet, difference, NONE, size, union, unionOf } from '../addresses.ts';
import { TCP, UDP } from '../fields.ts';
import { canonical, NUMBERS } from '../ranges.ts';
import { assertNever } from '../rule-parts.ts';
import type { Match, NamedSet, SetElement, SetField, SetValue, Side } from '../ruleset.ts';

/** Returns the matches that hold for a packet in the set by these sides; null when they can't be known. */
export function ipsetMatches(set: NamedSet, sides: readonly Side[]): Match[] | null {
  if (set.incomplete !== null || sides.length < set.fields.length) return null;
  const [side] = sides;
  if (side && set.fields.length === 1 && set.fields.every(isAddress)) {
    return [{ kind: 'address', side, set: addressesOf(set), not: false }];
  }
  if (set.except.length > 0) return null;
  const rows = set.elements.map((element) =>
    // biome-ignore lint/style/noNonNullAssertion: a complete set has no element that is null
    element!.flatMap((value, i) => valueMatches(value, sides.slice(i))),
  );
  return [{ kind: 'any', rows, not: false }];
}

const isAddress = (field: SetField) => field === 'ip' || field === 'net';

/** Returns the addresses in the set: the longest prefix decides (ipset(8), nomatch). */
function addressesOf(set: NamedSet): AddressSet {
  if (set.except.length === 0) return unionOf(set.elements.map(onlySet));
  const entries = [
    ...set.elements.map((element) => ({ set: onlySet(element), isIn: true })),
    ...set.except.map((element) => ({ set: onlySet(element), isIn: false })),
  ].sort((a, b) => Number(size(b.set) - size(a.set)));
  return entries.reduce(
    (all, entry) => (entry.isIn ? union(all, entry.set) : difference(all, entry.set)),
    NONE,
  );
}

function onlySet(element: SetElement): AddressSet {
  const value = element?.[0];
  return value?.kind === 'address' ? value.set : NONE;
}

function valueMatches(value: SetValue, sides: readonly Side[]): Match[] {
  // biome-ignore lint/style/noNonNullAssertion: there are at least as many sides as fields
  const side = sides[0]!;
  switch (value.kind) {
    case 'set':
      // a set in a list of sets is matched by the same sides
      return [{ kind: 'set', name: value.name, sides: [...sides], not: false }];
    case 'address':
      return [{ kind: 'address', side, set: value.set, not: false }];
    case 'interface':
      return [
        { kind: 'interface', side: side === 'source' ? 'in' : 'out', patterns: value.patterns, not: false },
      ];
    case 'mark':
      return [{ kind: 'mark', of: 'packet', value: value.value, mask: value.mask, not: false }];
    case 'port':
      return portMatches(value, side);
    default:
      return assertNever(value);
  }
}

function portMatches({ protocol, ports }: Extract<SetValue, { kind: 'port' }>, side: Side): Match[] {
  const port: Match = { kind: 'port', side, ports, not: false };
  // ip_set_getport.c: without a protocol, TCP and UDP
  const protocols = canonical(
    NUMBERS,
    protocol === null
      ? [
          [TCP, TCP],
          [UDP, UDP],
        ]
      : [[protocol, protocol]],
  );
  return [{ kind: 'protocol', protocols, not: false }, port];
}
