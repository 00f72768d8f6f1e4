/** Prints the counters' meanings as a page of the manual: docs/counters.md is made of this. */
import type { CounterMeaning, CounterWeight } from '../network/counter-meanings.ts';

const WEIGHTS: Record<CounterWeight, string> = {
  loss: 'packets or connections of somebody are gone',
  trouble: 'something is wrong, or about to be',
  event: 'worth seeing; a few of it are normal',
  traffic: 'harmless, as work that is done; `twlint watch` hides it unless it is asked for',
};

/** @param groups each with its title */
export function countersPage(
  groups: readonly (readonly [title: string, counters: readonly CounterMeaning[]])[],
): string {
  const weights = Object.entries(WEIGHTS).map(([weight, meaning]) => `- **${weight}**: ${meaning}`);
  const parts = groups.map(([title, counters]) =>
    [
      `## ${title}`,
      '',
      '| counter | weight | what happened | kernels | counted in |',
      '| --- | --- | --- | --- | --- |',
      ...counters.map(
        ({ counter, weight, meaning, kernels = '', source }) =>
          `| \`${counter}\` | ${weight} | ${meaning} | ${kernels} | \`${source}\` |`,
      ),
    ].join('\n'),
  );
  const heading = `# Counters

What \`twlint watch\` says of counters that grow. Names are those of \`/proc/net/netstat\` (TcpExt), \`/proc/net/snmp\` with
their group, \`/proc/net/snmp6\`, \`/proc/net/stat/nf_conntrack\` (\`conntrack.\`) and \`/proc/net/softnet_stat\` (\`softnet.\`).
Kernels are those of kernel.org; vendors backport.`;
  return `${[heading, weights.join('\n'), ...parts].join('\n\n')}\n`;
}
