/** Tells which workers are there for a run, and why others are not: a run without any goes on waiting. */
import { differenceOf } from '../parts/audited-by.ts';
import type { Abilities, Presence } from './messages.ts';
import type { RunStore } from './store.ts';

/** Returns a look at the workers, which tells what has changed since the last one. */
export function attendance(
  store: RunStore,
  abilities: Abilities,
  tell: (text: string) => void,
): () => Promise<void> {
  const told = new Set<string>();
  let last: string | null = null;
  return async () => {
    const { present, forged } = await store.workers();
    for (const one of present) {
      const why = whyNot(one, abilities);
      if (why === null || told.has(one.worker)) continue;
      told.add(one.worker);
      tell(`worker ${one.worker} takes no hosts of this run: ${why}`);
    }
    const count = present.filter((one) => whyNot(one, abilities) === null).length;
    const now = attendanceText(count, forged);
    if (now !== last) tell(now);
    last = now;
  };
}

/** Returns why a worker takes no hosts of a run; null: it does. */
function whyNot(presence: Presence, { inventory, by }: Abilities): string | null {
  const odd = differenceOf({ name: 'this run', by }, { name: `worker ${presence.worker}`, by: presence.by });
  return odd ?? (presence.inventory === inventory ? null : OTHER_INVENTORY);
}

const OTHER_INVENTORY =
  'its inventory is another one: it needs the same files by the same path from where it is started, and the same --user, --become and --extra-vars';

function attendanceText(count: number, forged: number): string {
  const odd = forged === 0 ? '' : `; ${forged} more are not signed with its key, and do not count`;
  if (count === 0) return `no worker is there for this run, which waits for one: twlint worker${odd}`;
  return `${count} worker${count === 1 ? ' is' : 's are'} there${odd}`;
}
