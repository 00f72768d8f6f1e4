/**
 * What the parsers of other projects made of the same text: test/data/<project>/facts/<collector>.<case>/ holds a file
 * for each probe and `expected.*`, unchanged from that project; or `error`, where the text is no answer to our probe.
 * Only what both know is compared.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { parse } from '../../src/host/reading.ts';
import { sysctlValue } from '../../src/network/sysctl/key.ts';

const DATA = join(import.meta.dirname, '../data');

/** What `value` should hold, by project and collector, from what the project expects. */
const READERS: Record<string, (text: string) => object> = {
  'procfs counters': (text) => ({ total: renamed(JSON.parse(text).values, goName) }),
  'procfs conntrack': (text) => ({ stats: summed(JSON.parse(text)) }),
  'node_exporter counters': (text) => ({ total: renamed(samples(text), (name) => counterName(name, '_')) }),
  'node_exporter conntrack': (text) => ({
    stats: renamed(samples(text), (name) => name.replace('node_nf_conntrack_stat_', '')),
  }),
  'insights-core counters': (text) => ({ total: insightsCounters(JSON.parse(text)) }),
  'insights-core sysctl_boot': (text) => ({ settings: JSON.parse(text) }),
  'jc counters': (text) => ({ total: jcCounters(JSON.parse(text)) }),
  'jc sysctl': (text) => jcSysctls(JSON.parse(text)),
  'jc listeners': (text) => ({ list: jcListeners(JSON.parse(text)) }),
  'jc kernel': (text) => jcKernel(JSON.parse(text)),
};

type Numbers = Record<string, number>;

for (const project of readdirSync(DATA).filter((name) => existsSync(join(DATA, name, 'facts')))) {
  describe(project, () => {
    for (const name of readdirSync(join(DATA, project, 'facts')).sort()) {
      it(name, () => check(project, name));
    }
  });
}

function check(project: string, name: string) {
  const folder = join(DATA, project, 'facts', name);
  const id = name.split('.')[0]!;
  const collector = collectors.get(id)!;
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const there = (probe: string) => existsSync(join(folder, probe));
  const texts = Object.fromEntries(
    Object.keys(collector.probes).map((probe) => [probe, there(probe) ? text(probe) : undefined]),
  );
  if (there('error')) {
    expect(() => parse(collector, texts, null).fact).toThrow(text('error').trim());
    return;
  }
  const expected = READERS[`${project} ${id}`]!(
    text(readdirSync(folder).find((file) => file.startsWith('expected'))!),
  );
  expect(Object.values(expected)).not.toEqual([]);
  expect(parse(collector, texts, null).fact.value).toMatchObject(expected);
}

function renamed(numbers: Numbers, rename: (name: string) => string): Numbers {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [rename(name), value]));
}

/** `TcpExt_TW` is `TW` to us, `IpExt_InOctets` is `IpExt.InOctets`. */
function counterName(name: string, separator: string): string {
  const [group, ...rest] = name.replace('node_netstat_', '').split(separator);
  return group === 'TcpExt' ? rest.join(separator) : `${group}.${rest.join(separator)}`;
}

/** Go writes acronyms in capitals. */
function goName(name: string): string {
  return counterName(name.replace(/^IP:/, 'Ip:').replace(/^TCP:/, 'Tcp:'), ':');
}

/** Each row is a CPU; `entries` is the same in all. A column that an old kernel lacks is 0 there. */
function summed(rows: Numbers[]): Numbers {
  const snake = (name: string) => name.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase();
  const names = Object.keys(rows[0]!).filter((name) => name !== 'SearchRestart' || rows[0]![name] !== 0);
  return Object.fromEntries(
    names.map((name) => [
      snake(name),
      name === 'Entries' ? rows[0]![name]! : rows.reduce((sum, row) => sum + row[name]!, 0),
    ]),
  );
}

/** `node_netstat_TcpExt_ListenDrops 0` */
function samples(text: string): Numbers {
  const lines = text.split('\n').filter((line) => /^node_/.test(line));
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]));
}

/** Of /proc/net/snmp by group; of /proc/net/netstat without, and its values as text. */
function insightsCounters(expected: Record<string, Numbers | string>): Numbers {
  const inIpExt =
    /^(?:In|Out)(?:NoRoutes|Truncated|Mcast|Bcast|Octets|CsumErrors|NoECT|ECT|CEPkts)|^ReasmOverlaps/;
  return Object.fromEntries(
    Object.entries(expected).flatMap(([name, value]): [string, number][] =>
      typeof value === 'string'
        ? [[inIpExt.test(name) ? `IpExt.${name}` : name, Number(value)]]
        : Object.entries(value).map(([field, number]) => [`${name}.${field}`, number]),
    ),
  );
}

function jcCounters(groups: Record<string, number | string>[]): Numbers {
  return Object.assign(
    {},
    ...groups.map(({ type, ...counters }) =>
      renamed(counters as Numbers, (name) => counterName(`${type} ${name}`, ' ')),
    ),
  );
}

function jcSysctls(expected: Record<string, number | string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(expected)
      .filter(([key]) => key.startsWith('net.'))
      .map(([key, value]) => [key, typeof value === 'string' ? sysctlValue(value) : value]),
  );
}

function jcListeners(sockets: { state: string; local_address: string; local_port: number }[]) {
  const list = sockets
    .filter(({ state }) => state === '0A')
    .map(({ local_address, local_port }) => ({ address: local_address, port: local_port }));
  return list.sort((a, b) => a.port - b.port || (a.address < b.address ? -1 : 1));
}

function jcKernel({ PRETTY_NAME, kernel_release, node_name }: Record<string, string>) {
  return PRETTY_NAME ? { os: PRETTY_NAME } : { release: kernel_release, hostname: node_name };
}
