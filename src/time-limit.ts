/** Work that can't be stopped from outside: JavaScript matches regular expressions by backtracking, for years if need be. */
import { createContext, Script } from 'node:vm';

/** Only a script of its own can be stopped in the middle of a match. One world for all of them: making one takes long. */
const SCRIPT = new Script('run()');
const world: { run?: () => unknown } = createContext({});

/** `together` while all that runs is under one limit; `asking` while none is set yet. */
let state: 'alone' | 'asking' | 'together' = 'alone';

/** Thrown by work that asks for a limit while none is set. */
const ASKED = new Error('a limit is to be set first');

/** Returns the result of the work; null where it would take longer, in milliseconds. */
export function within<T>(limit: number, run: () => T): { value: T } | null {
  if (state === 'asking') throw ASKED;
  return state === 'together' ? { value: run() } : limited(limit, run);
}

/**
 * Returns the result of work that limits its parts by `within`, under one limit for all of it, as each takes longer to
 * set than most parts. It is set when a part asks for it, and the work begins anew; where the whole would take longer,
 * each part has its own. So it must be pure, and let through what a part throws.
 */
export function withinTogether<T>(limit: number, run: () => T): T {
  if (state !== 'alone') return run();
  const done = unlessAsked(() => during('asking', run)) ?? during('together', () => limited(limit, run));
  return done === null ? run() : done.value;
}

/** Returns null where a part asked for a limit. */
function unlessAsked<T>(run: () => T): { value: T } | null {
  try {
    return { value: run() };
  } catch (error) {
    if (error === ASKED) return null;
    throw error;
  }
}

function during<T>(other: typeof state, run: () => T): T {
  const before = state;
  state = other;
  try {
    return run();
  } finally {
    state = before;
  }
}

function limited<T>(limit: number, run: () => T): { value: T } | null {
  try {
    world.run = run;
    return { value: SCRIPT.runInContext(world, { timeout: limit }) as T };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
