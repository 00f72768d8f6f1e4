/** Hosts named on the command line: `-i web1,me@web2:2222,db[1:3]`. */
import { COMMAND_LINE, variableOf } from '../given-variables.ts';

import type { Complain, Statement } from '../statements.ts';
import { declareHosts } from './declare-hosts.ts';

export function readHostList(list: string, complain: Complain): Statement[] {
  const statements: Statement[] = [];
  for (const { 0: pattern, index } of list.matchAll(/[^,\s](?:[^,]*[^,\s])?/g)) {
    const source = { file: COMMAND_LINE, line: 1, column: index + 1 };
    // as to ssh, all before the last @ is the user
    const [, user = null, hosts = ''] = /^(?:(.*)@)?([^@]*)$/s.exec(pattern) ?? [];
    const vars = new Map(user === null ? [] : [['ansible_user', variableOf(user, source)]]);
    declareHosts(statements, { group: 'ungrouped', pattern: hosts, source, vars }, complain);
  }
  return statements;
}
