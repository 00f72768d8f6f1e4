import { dirname } from 'node:path';

/** The folder of package.json, rules and inventories: above the one that this is read from, be it src or what is built of it. */
export const PACKAGE_ROOT = dirname(import.meta.dirname);
