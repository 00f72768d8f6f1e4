import { UserError } from '../../errors.ts';
import type { LoadedRule } from '../../evaluate/rules/rules.ts';
import type { Connection, Target } from '../../model.ts';
import { digestOfRules } from '../../parts/audited-by.ts';
import type { Abilities } from '../../queue/messages.ts';
import { keyedDigest } from '../../queue/seal.ts';
import type { Targets } from './asking-means.ts';
import { tool } from './tool.ts';

/** Digests what a worker and a run must have alike, so that it makes no difference who asks which host. */
export function abilitiesFor(
  key: Buffer,
  { targets, others }: Targets,
  rules: readonly LoadedRule[],
  { netns, interval = null }: { netns: string; interval?: string | null | undefined },
): Abilities {
  const all = [...targets, ...others].sort((a, b) => (a.host.name < b.host.name ? -1 : 1));
  return {
    inventory: keyedDigest(key, 'inventory', all.map(withoutKeys)),
    by: { twlint: tool().version, rules: digestOfRules(rules), netns, interval },
  };
}

/** Returns what two workers have to agree on: where each has its keys is its own affair. */
function withoutKeys({ host, connection }: Target): Target {
  if (connection.kind !== 'ssh') return { host, connection };
  return { host, connection: { ...connection, identityFile: null } };
}

const ON_ITS_MACHINE: ReadonlySet<Connection['kind']> = new Set(['local', 'image', 'archive']);

/** Returns an error for each host that is another one on each worker. */
export const notForWorkers = (targets: readonly Target[]): UserError[] =>
  targets
    .filter(({ connection: { kind } }) => ON_ITS_MACHINE.has(kind))
    .map(
      ({ host: { name, source }, connection: { kind } }) =>
        new UserError(
          `--queue: ${name} is ${kind === 'local' ? 'the machine that asks' : 'a file of the machine that looks at it'}, which is another one on each worker`,
          {
            source,
            hint: `leave it out: --limit 'all:!${name}'`,
          },
        ),
    );
