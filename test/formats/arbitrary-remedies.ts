import fc from 'fast-check';
import type { Cause, Remedies, RemedyStep, SettingChange } from '../../src/evaluate/remedies/remedy.ts';
import type { Answer } from '../../src/model.ts';
import { hostile, place, rule, severity } from './arbitrary-report.ts';

/** Names that are something else to Ansible. */
export const PATTERNS = [
  ...['all', '*', '~.*', 'ungrouped', 'web', '@/etc/passwd', 'localhost', '127.0.0.1', '::1'],
  ...[
    'web1:web2',
    'web1,db1',
    '!web1',
    '&web1',
    'web:&db',
    'web[0:1]',
    'web[0]',
    'we?1',
    'web1:22',
    ',',
    ':',
  ],
  ...['', ' web1', 'web1 ', 'golden/rootfs', "{{ groups['all'] }}", '{{ inventory_hostname }}'],
];

/** The hosts of the inventory that playbooks are tried with; `web` and `db` are groups of it. */
export const HOSTS = ['web1', 'web2', 'db1', 'größe', '10.0.0.7', '2001:db8::7'];

const name = fc.oneof(hostile, fc.constantFrom(...PATTERNS), fc.constantFrom(...HOSTS));

/** No rule has others: SETTING_KEY and SETTING_VALUE of rules. */
const key = fc.constantFrom('net.ipv4.ip_forward', 'net/ipv4/conf/eth0.5/rp_filter', 'a@:-.');
const value = fc.constantFrom('1', '4096 87380 6291456', '-1', 'a,b:/ c', '9007199254740991');

/** No rule has others: MODULE. */
const module = fc.constantFrom('br_netfilter', 'ip_vs');

const answer = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<Answer<T>> =>
  fc.oneof(
    of.map((value) => ({ ok: true as const, value })),
    fc.record({
      ok: fc.constant(false as const),
      problem: fc.constantFrom('absent', 'denied'),
      reason: hostile,
    }),
  );

const cause: fc.Arbitrary<Cause> = fc.record({
  rule,
  severity,
  places: fc.array(hostile, { maxLength: 2 }),
});

const bootFile = fc.oneof(
  hostile.map((text) => `/etc/sysctl.d/${text}.conf`),
  fc.constant('/etc/sysctl.conf'),
);

const setting: fc.Arbitrary<SettingChange> = fc.record({
  key,
  value: fc.option(value),
  removed: fc.boolean(),
  wishes: fc.array(fc.record({ rule: hostile, value, kind: fc.constantFrom('exactly', 'atLeast', 'adds') }), {
    maxLength: 2,
  }),
  now: answer(hostile),
  boot: answer(fc.array(fc.record({ file: bootFile, line: fc.nat(99), value: hostile }), { maxLength: 2 })),
});

const steps: fc.Arbitrary<RemedyStep[]> = fc.array(
  fc.record({
    causes: fc.array(cause, { minLength: 1, maxLength: 2 }),
    modules: fc.array(module, { maxLength: 1 }),
    settings: fc.array(setting, { maxLength: 2 }),
  }),
  { maxLength: 2 },
);

const namespace = fc.record({ name: hostile, path: fc.option(hostile), steps });

/** Remedies of the model's shape, in which every text is as bad as it gets. Hosts are there once each. */
export const hostileRemedies: fc.Arbitrary<Remedies> = fc.record({
  tool: fc.constant({ name: 'twlint', version: '0.1.0' }),
  startedAt: hostile,
  interrupted: fc.boolean(),
  unknown: fc.nat(3),
  hosts: fc.uniqueArray(
    fc.record({ host: name, source: place, steps, namespaces: fc.array(namespace, { maxLength: 1 }) }),
    { maxLength: 4, selector: ({ host }) => host },
  ),
});
