/** Work that can't be stopped from outside: JavaScript matches regular expressions by backtracking, for years if need be. */
import { createContext, Script } from 'node:vm';

/** Only a script of its own can be stopped in the middle of a match. One world for all of them: making one takes long. */
const SCRIPT = new Script('run()');
const world: { run?: () => unknown } = createContext({});

/** True while all that runs is under one limit. */
let isTogether = false;

/** Returns the result of the work; null where it would take longer, in milliseconds. */
export function within<T>(limit: number, run: () => T): { value: T } | null {
  return isTogether ? { value: run() } : limited(limit, run);
}

/**
 * Returns the result of work that limits its parts by `within`, under one limit for all of it, as each takes longer to
 * set than most parts. Where the whole would take longer it is done anew, and each part has its own. So it must be pure.
 */
export function withinTogether<T>(limit: number, run: () => T): T {
  if (isTogether) return run();
  isTogether = true;
  try {
    const done = limited(limit, run);
    if (done !== null) return done.value;
  } finally {
    isTogether = false;
  }
  return run();
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
