import { expect, it } from 'vitest';
import { parseIptablesSave } from '../../src/network/iptables/save.ts';
import { readIptablesSave } from '../../src/network/iptables/shared-listings.ts';
import type { Rule, Table } from '../../src/network/ruleset.ts';

const ABOUT = { backend: 'legacy', family: 'ip', origin: 'iptables-save' } as const;
/** How a counter stands before a rule, as programs print it and as people leave it. */
const FORMS = ['[7:420] ', '[8:480] ', '', '[9:540]  ', '[10:600]', ' [11:660] ', '\t[12:720] '];

const listing = (counters: readonly string[]) =>
  `# Generated
*filter
:FORWARD ACCEPT [1:60]
${counters.map((counter, i) => `${counter}-A FORWARD -s 10.0.0.${i}/32 -j DROP`).join('\n')}
-A FORWARD -c 13 780 -j ACCEPT
COMMIT
`;

const rulesOf = (tables: readonly Table[]): Rule[] =>
  tables.flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules));

it.each(FORMS.flatMap((one) => FORMS.map((other) => [one, other])))(
  'counts what each listing says: %j, %j',
  (one, other) => {
    for (const counters of [
      [one, other],
      [other, one],
    ]) {
      const text = listing([...counters, '[14:840] ']);
      const { tables, counts } = readIptablesSave(text, ABOUT);
      const alone = rulesOf(parseIptablesSave(text, ABOUT));
      expect(rulesOf(tables).map((rule) => counts.get(rule) ?? null)).toEqual(
        alone.map(({ packets }) => packets),
      );
      expect(rulesOf(tables).map(({ text: rule, line }) => [rule, line])).toEqual(
        alone.map(({ text: rule, line }) => [rule, line]),
      );
    }
  },
);
