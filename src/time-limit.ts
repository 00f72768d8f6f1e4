/** Work that can't be stopped from outside: JavaScript matches regular expressions by backtracking, for years if need be. */
import { createContext, Script } from 'node:vm';

/** Only a script of its own can be stopped in the middle of a match. One world for all of them: making one takes long. */
const SCRIPT = new Script('run()');
const world: { run?: () => unknown } = createContext({});

/** Returns the result of the work; null where it would take longer, in milliseconds. */
export function within<T>(limit: number, run: () => T): { value: T } | null {
  try {
    world.run = run;
    return { value: SCRIPT.runInContext(world, { timeout: limit }) as T };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}
