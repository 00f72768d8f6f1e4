/** Items of one group: at least the one that it was made for. */
type Group<T> = [T, ...T[]];

/** Groups items by a key, in order of first appearance (Map.groupBy, which Node 20 lacks). */
export function groupedBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, Group<T>> {
  const groups = new Map<K, Group<T>>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The groups alone, without their keys. */
export const groupBy = <T>(items: Iterable<T>, keyOf: (item: T) => unknown): Group<T>[] => [
  ...groupedBy(items, keyOf).values(),
];
