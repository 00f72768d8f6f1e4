import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../../errors.ts';
import { schemaText } from './schemas.ts';
import { exit, type World } from './world.ts';

/** The file beside the rule that holds the schema for editors. */
const SCHEMA = 'rule.schema.json';

/** A rule to fill in, whose tests fail until then: each placeholder describes its content. */
const SKELETON = `# yaml-language-server: $schema=${SCHEMA}
# What is written here: docs/writing-rules.md. What can be read: docs/facts.md, and \`twlint facts\` shows values.
id: MY001 # two to four capitals and three digits, for good
title: What is wrong, in one line
severity: warning # error: it breaks something; warning: it will, or may; note: worth knowing
scope: netns # netns: each network namespace; host: each host; path: each way from clients to a server
when: "'net.ipv4.ip_forward' in sysctl" # where it applies; without it, everywhere
assert: "false" # what must hold, as in sysctl['net.ipv4.ip_forward'] == 1; until then, two tests fail
message: >-
  what is wrong here, with values: net.ipv4.ip_forward is {{ sysctl['net.ipv4.ip_forward'] }}
why: >-
  What goes wrong, and how. A beginner can follow it, and a kernel developer agrees.
fix:
  text: What to do.
  sysctl:
    net.ipv4.ip_forward: 1
  risk: What that can break.
falsePositives: When a finding is no defect.
references: # first-hand sources: kernel, RFC, manual page
  - https://docs.kernel.org/networking/ip-sysctl.html
tests:
  - name: the defect
    given: { sysctl: { net.ipv4.ip_forward: 0 } }
    expect: { verdict: fail, message: net.ipv4.ip_forward is 0 }
  - name: as it should be
    given: { sysctl: { net.ipv4.ip_forward: 1 } }
    expect: pass
  - name: it does not apply
    given: { sysctl: {} }
    expect: not-applicable
  - name: what looks like the defect, and is not
    given: { sysctl: { net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 0 } }
    expect: pass
  - name: the fact is missing
    given: { sysctl: denied }
    expect: unknown
`;

/** Writes a rule to fill in; never overwrites a file. */
export function newRule(file: string | undefined, { cwd, out }: World): number {
  if (file === undefined)
    throw new UserError('rules new: where?', { hint: 'as in twlint rules new my-rules/forwarding-off.yaml' });
  const named = /\.ya?ml$/.test(file) ? file : `${file}.yaml`;
  const path = resolve(cwd, named);
  if (existsSync(path)) throw new UserError(`${named}: there is something already`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, SKELETON, { flag: 'wx' });
  writeFileSync(resolve(dirname(path), SCHEMA), schemaText('rule'));
  out.write(`${named} is to be filled in; ${SCHEMA} beside it is for your editor.\n`);
  out.write(`Then: twlint rules test --no-builtin -r ${named}\n`);
  return exit.clean;
}
