/** Groups items by a key, in order of first appearance (Map.groupBy, which Node 20 lacks). */
export function groupedBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The groups alone, without their keys. */
export const groupBy = <T>(items: Iterable<T>, keyOf: (item: T) => unknown): T[][] => [
  ...groupedBy(items, keyOf).values(),
];
