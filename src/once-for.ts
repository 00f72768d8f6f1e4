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

/** The same, kept for the object of the last call alone: of great results one is there at a time. */
export function onceInARow<K extends object, V>(workOut: (key: K) => V): (key: K) => V {
  let known = new WeakMap<K, { value: V }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = workOut(key);
    known = new WeakMap([[key, { value }]]);
    return value;
  };
}

/** More texts than these are not kept. */
const MOST_TEXTS = 200_000;

/** The same for texts: of very many, all are forgotten now and then. What is worked out must not change any more. */
export function onceForText<V>(workOut: (text: string) => V): (text: string) => V {
  const known = new Map<string, { value: V }>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before.value;
    const value = workOut(text);
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(text, { value });
    return value;
  };
}
