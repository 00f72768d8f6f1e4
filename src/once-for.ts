/**
 * Returns a function that works its result out once for each object, and keeps it as long as the object is there. The
 * objects must not change any more.
 */
export function onceFor<K extends object, V>(workOut: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { value: V }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = workOut(key);
    known.set(key, { value });
    return value;
  };
}
