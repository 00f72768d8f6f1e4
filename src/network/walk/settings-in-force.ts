/** Settings in force where packets come in by an interface, or by one that is not known. */
import type { InForce } from '../interface-settings.ts';
import type { Interface } from '../interfaces.ts';

/** Returns what is in force on the interface; where it is not known which, all that is in force on any. */
export function inForceAt(
  { interfaces }: { interfaces: readonly Interface[] },
  device: string | null,
  read: (device: string) => InForce,
): InForce {
  if (device !== null) return read(device);
  const all = interfaces.filter(({ flags }) => !flags.includes('LOOPBACK')).map(({ name }) => read(name));
  const values = [...new Set(all.flatMap((one) => one.values))].sort((a, b) => a - b);
  const unread = [...new Set(all.flatMap((one) => one.unread))];
  return {
    values: values.length > 0 ? values : [0, 1],
    by: values.length === 1 ? (all[0]?.by ?? null) : null,
    unread,
  };
}
