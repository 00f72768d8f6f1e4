/** Makes statements of a host's name as an inventory writes it (`web[01:20].example.com`, `lb-1:2222`). */
import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { expandHostPattern, type HostPattern } from '../limit/host-pattern.ts';
import { HOST_NAME_HINT, isHostName } from '../names.ts';
import type { Complain, Statement, Variables } from '../statements.ts';

interface Declaration {
  group: string;
  pattern: string;
  source: Source;
  vars: Variables;
}

/** Some lines of ranges can stand for more than a memory holds. */
const MOST_STATEMENTS = 200_000;

/** Adds a statement for each host that the pattern stands for, or reports the pattern as a mistake. */
export function declareHosts(statements: Statement[], declaration: Declaration, complain: Complain): void {
  const { group, pattern, source, vars } = declaration;
  const { names, port: number } = expanded(pattern, source, complain);
  if (statements.length + names.length > MOST_STATEMENTS) {
    complain(`host ${pattern}: more hosts than any fleet has`, source, 'is a range too wide?');
    return;
  }
  const port = number === null ? null : { value: number, source, nameSource: source };
  for (const host of names) statements.push({ kind: 'host', group, host, source, vars, port });
}

function expanded(pattern: string, source: Source, complain: Complain): HostPattern {
  try {
    const expansion = expandHostPattern(pattern);
    const odd = expansion.names.find((name) => !isHostName(name));
    if (odd === undefined) return expansion;
    complain(`${JSON.stringify(odd)} can't be a host's name`, source, HOST_NAME_HINT);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    complain(`host ${pattern.slice(0, 100)}: ${error.message}`, source);
  }
  return { names: [], port: null };
}
