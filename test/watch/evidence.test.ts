import { expect, it } from 'vitest';
import type { HostEvidence } from '../../src/model.ts';
import { evidenceOfWindow } from '../../src/watch/evidence.ts';

const inode = '4026531833';
const host = { name: 'host', source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} };
const first = (text: string): HostEvidence => ({
  host,
  reached: { ok: true, value: null },
  evidence: [{ probe: 'conntrack.limits', namespace: inode, sample: 0, answer: { ok: true, value: text } }],
});
const sampled = {
  questions: [{ probe: 'conntrack.limits', ask: '', inside: true }],
  origins: new Map([['conntrack.limits', '/proc/sys/net/netfilter']]),
};
const tick = (conntrackMax: string) => ({
  ...{ uptime: '9 9\n', softnet: '', conntrackMax },
  namespaces: new Map([[inode, new Map([['netstat', '']] as const)]]),
});

it.each([
  ['is the one of now', '1500\n', 'nf_conntrack_count:2\nnf_conntrack_max:1500\n'],
  ['is as it was where it is not shown', '', 'nf_conntrack_count:2\nnf_conntrack_max:262144\n'],
  ['is as it was where it is no number', 'x:1\n', 'nf_conntrack_count:2\nnf_conntrack_max:262144\n'],
])('the limit of tracked connections %s', (_, shown, value) => {
  const was = first('nf_conntrack_count:2\nnf_conntrack_max:262144\n');
  const window = evidenceOfWindow(was, { before: tick(''), now: tick(shown) }, sampled);
  expect(window.at(-1)).toMatchObject({ sample: 1, answer: { value } });
});
