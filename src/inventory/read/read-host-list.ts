/** Hosts named on the command line: `-i web1,web2:2222,db[1:3]`. */

import type { Complain, Statement } from '../statements.ts';
import { declareHosts } from './declare-hosts.ts';

/** The name in place of a file's: a column counts characters of the argument. */
export const COMMAND_LINE = 'command-line';

export function readHostList(list: string, complain: Complain): Statement[] {
  const statements: Statement[] = [];
  for (const { 0: pattern, index } of list.matchAll(/[^,\s](?:[^,]*[^,\s])?/g)) {
    const source = { file: COMMAND_LINE, line: 1, column: index + 1 };
    declareHosts(statements, { group: 'ungrouped', pattern, source, vars: new Map() }, complain);
  }
  return statements;
}
