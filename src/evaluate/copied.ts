/**
 * Returns a copy of plain values that holds none of the texts which theirs were cut out of. Tables that hold their own
 * words alone go on doing so: to structuredClone, every object is an ordinary one.
 */
export function copied<T>(value: T): T {
  const copy = structuredClone(value);
  keepTables(value, copy);
  return copy;
}

function keepTables(value: unknown, copy: unknown): void {
  if (value instanceof Map && copy instanceof Map) {
    for (const [key, one] of value) keepTables(one, copy.get(key));
    return;
  }
  if (!isObject(value) || !isObject(copy)) return;
  if (Object.getPrototypeOf(value) === null) Object.setPrototypeOf(copy, null);
  for (const key of Object.keys(value)) keepTables(value[key], copy[key]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
