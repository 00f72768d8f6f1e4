import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import type { Type } from '../../src/define.ts';
import { askedIn, runTime } from '../../src/evaluate/report.ts';
import { NODE_COLLECTORS, nodesOf } from '../../src/fleet/nodes.ts';
import { type PathFact, pathType } from '../../src/fleet/path-fact.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { Answer, HostEvidence } from '../../src/model.ts';
import { withBudget } from '../../src/network/topology/nodes.ts';
import { pathsAndGaps } from '../network/all-paths.ts';

const snapshot = readSnapshot(join(import.meta.dirname, '../../inventories/demo'));
const demo = snapshot.hosts.map((host) => askedIn(runTime(snapshot), host));

const pathsOf = (hosts: readonly HostEvidence[]) =>
  pathsAndGaps(hosts.flatMap((host) => withBudget(nodesOf(readHost(host))))).paths;
const onlyPath = (hosts: readonly HostEvidence[]) => {
  const paths = pathsOf(hosts);
  expect(paths.map(({ name }) => name)).toHaveLength(1);
  return paths[0]!;
};

/** The demo with one answer changed, wherever `key` is: `s2 nat.legacy`, `s2 nat.legacy 4026531956`. */
function changed(key: string, change: (text: string) => Answer<string>): HostEvidence[] {
  const [host, probe, namespace] = key.split(' ');
  return demo.map((one) => ({
    ...one,
    evidence: one.evidence.map((entry) => {
      const meant =
        one.host.name === host && entry.probe === probe && (namespace ?? entry.namespace) === entry.namespace;
      return meant && entry.answer.ok ? { ...entry, answer: change(entry.answer.value) } : entry;
    }),
  }));
}

const saying =
  (edit: (text: string) => string) =>
  (text: string): Answer<string> => ({ ok: true, value: edit(text) });
const denied = (): Answer<string> => ({ ok: false, problem: 'denied', reason: 'only root may read it' });

describe('the incident', () => {
  const { host, namespace, name, fact } = onlyPath(demo);
  const { value } = fact;

  it('is one path, to the container', () => {
    expect([host, namespace]).toEqual(['s2', 'rmt50-master']);
    expect(name).toBe('ipvs tcp 192.168.128.5:5432 → 10.244.3.27:5432 (s2)');
    expect(value.nat_gateway).toEqual({ host: 's2', namespace: 'init' });
    expect(value).toMatchObject({
      kind: 'ipvs',
      protocol: 'tcp',
      vip: '192.168.128.5',
      port: 5432,
      conntrack: 1,
    });
    expect(value.server).toMatchObject({
      host: 's2',
      namespace: 'rmt50-master',
      address: '10.244.3.27',
      port: 5432,
      forwarding: 'masq',
      weight: 1,
      listens: 'yes',
      returns: 'yes',
    });
  });

  it('has two clocks behind one address, of which the younger loses', () => {
    expect(value.merged).toBe('10.244.3.1');
    expect(value).toMatchObject({
      clocks: 2,
      unknown: 1,
      winner: 'm1',
      loser: 's2',
      certain: true,
      doubts: [],
    });
    expect(value.who).toBe('m1, s2 and others from outside');
    const arriving = value.clients.filter((client) => client.arrives === value.merged);
    expect(arriving.map((client) => [client.name, client.address, client.clock])).toEqual([
      ['m1', '192.168.128.158', 'shared by host m1'],
      // conntrack on the real director: src=192.168.128.5 dst=192.168.128.5
      ['s2', '192.168.128.5', 'shared by host s2'],
      ['outside', 'any other address', 'unknown'],
    ]);
  });

  it('names the rule that merges, and its line', () => {
    const text = '-A POSTROUTING ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE';
    const place = { host: 's2', namespace: 'init', origin: 'iptables-legacy-save', line: 18 };
    expect(value.rules).toEqual([{ ...place, text }]);
    expect(fact.lines.rules).toEqual([{ ...place, text }]);
  });

  it('draws the ways of both', () => {
    const drawn = value.hops.map(({ clients, hops }) => [
      clients.join(),
      ...hops
        .filter(({ stage }) => /IPVS|POSTROUTING|socket/.test(stage))
        .map(({ src, dst }) => `${src} > ${dst}`),
    ]);
    expect(drawn).toEqual([
      [
        'm1',
        '192.168.128.158 > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
      ],
      [
        's2',
        '192.168.128.5 > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
      ],
      [
        'outside',
        'any other address > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
        '10.244.3.1 > 10.244.3.27:5432',
      ],
      // the server's own packets come back from its own address, and accept_local of its eth0 was not read
      ['s2/rmt50-master', '10.244.3.27 > 10.244.3.27:5432', '10.244.3.27 > 10.244.3.27:5432'],
    ]);
  });

  it('does not hang on the order of hosts', () => {
    const names = (fact: PathFact) => [...fact.sources[0]!.clients].sort();
    const turned = onlyPath([...demo].reverse()).fact.value;
    expect(names(turned)).toEqual(names(value));
    expect(turned).toMatchObject({ winner: 'm1', loser: 's2', merged: '10.244.3.1' });
  });

  it('is the same twice', () => {
    expect(JSON.stringify(pathsOf(demo))).toBe(JSON.stringify(pathsOf(demo)));
  });
});

describe('what could not be looked at', () => {
  it('is not taken for empty: the rules of the director', () => {
    const { fact } = onlyPath(changed('s2 nat.legacy', denied));
    expect(fact.unreadable).toMatchObject({
      clocks: expect.stringContaining('denied, only root may read it'),
    });
    expect(fact.value.certain).toBe(false);
  });

  it('makes it uncertain: a client whose rules could not be read', () => {
    const { fact } = onlyPath(changed('m1 nat.legacy', denied));
    expect(fact.value).toMatchObject({ clocks: 2, certain: false });
    expect(fact.value.doubts).toEqual([expect.stringContaining('m1')]);
  });

  const readAt = (m1: [string, string], s2: [string, string]) => {
    const at = ([from, to]: [string, string]) => ({
      from: `2026-11-23T06:${from}Z`,
      to: `2026-11-23T06:${to}Z`,
    });
    const uptimes = changed(
      'm1 kernel.uptime',
      saying(() => '128.05 0\n'),
    ).map((one) => ({
      ...one,
      askedAt: at(one.host.name === 'm1' ? m1 : s2),
      evidence: one.evidence.map((entry) =>
        entry.probe === 'kernel.uptime' && one.host.name === 's2'
          ? { ...entry, answer: saying(() => '100.11 0\n')('') }
          : entry,
      ),
    }));
    return onlyPath(uptimes).fact;
  };

  it('knows the winner of a long run by when each uptime was read', () => {
    const whole: [string, string] = ['45:08.000', '45:41.000'];
    expect(readAt(whole, whole).value).toMatchObject({ winner: '', loser: '' });
    const { value, lines } = readAt(['45:08.000', '45:10.000'], ['45:08.100', '45:12.500']);
    expect(value).toMatchObject({ winner: 'm1', loser: 's2' });
    expect(lines.clocks!.at(-2)!.text).toMatch(/^128.05 s since boot \(kernel [^ ,]*\)$/);
    // s2 said 100 s a minute before: when m1 was read, it had run for longer
    const later = readAt(['46:08.000', '46:10.000'], ['45:08.000', '45:10.000']);
    expect(later.value).toMatchObject({ winner: 's2', loser: 'm1' });
    expect(later.lines.clocks!.at(-2)!.text).toMatch(
      /^100.11 s since boot .*, read at 2026-11-23T06:45:08.000Z\)$/,
    );
  });

  it('leaves the winner open: an uptime', () => {
    const { value } = onlyPath(changed('m1 kernel.uptime', denied)).fact;
    expect(value).toMatchObject({ winner: '', loser: '', unknown: 1 });
  });

  it('is unknown, not "no": who listens', () => {
    expect(onlyPath(changed('s2 listeners.tcp', denied)).fact.value.server.listens).toBe('unknown');
    const silent = changed(
      's2 listeners.tcp 4026532201',
      saying(() => ''),
    );
    expect(onlyPath(silent).fact.value.server.listens).toBe('no');
  });

  it('is a client of unknown address: a host that could not be reached', () => {
    const hosts = demo.map((one) =>
      one.host.name === 'm1'
        ? {
            ...one,
            reached: { ok: false, problem: 'unreachable', reason: 'timed out' } as const,
            evidence: [],
          }
        : one,
    );
    const { value } = onlyPath(hosts).fact;
    expect(value).toMatchObject({ clocks: 1, unknown: 1, certain: false, winner: '' });
  });
});

describe('what makes it come and go on the real kernel', () => {
  it('goes: vs.conntrack 0', () => {
    const off = changed(
      's2 sysctl.values',
      saying((text) => text.replace('vs/conntrack:1', 'vs/conntrack:0')),
    );
    const { value } = onlyPath(off).fact;
    expect(value).toMatchObject({ conntrack: 0, clocks: 1, unknown: 0, merged: '' });
  });

  it('goes: without the rule', () => {
    const without = changed(
      's2 nat.legacy',
      saying((text) => text.replace(/^.*! -s 10\.244.*\n/m, '')),
    );
    expect(onlyPath(without).fact.value).toMatchObject({ clocks: 1, unknown: 0, merged: '' });
  });

  it('is not known: vs.conntrack that could not be read', () => {
    const { value } = onlyPath(changed('s2 sysctl.values', denied)).fact;
    expect(value).toMatchObject({ conntrack: -1, certain: false });
    expect(value.doubts).toContain('net.ipv4.vs.conntrack');
  });
});

it('every value fits the type that rules are checked against', () => {
  for (const { fact } of pathsOf(demo)) expect(misfits(pathType, fact.value, 'path')).toEqual([]);
});

it('reads only what it says it reads', () => {
  const probes = demo.map((one) => ({
    ...one,
    evidence: one.evidence.filter(({ probe }) =>
      NODE_COLLECTORS.some(({ id }) => id === probe.split('.')[0]),
    ),
  }));
  expect(pathsOf(probes)).toEqual(pathsOf(demo));
});

/** Where a value is not of the type. */
function misfits(type: Type, value: unknown, at: string): string[] {
  switch (type.kind) {
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((item, i) => misfits(type.item, item, `${at}[${i}]`))
        : [at];
    case 'object': {
      const fields = value as Record<string, unknown>;
      const extra = Object.keys(fields).filter((key) => !(key in type.fields));
      const inner = Object.entries(type.fields).flatMap(([key, one]) =>
        misfits(one, fields[key], `${at}.${key}`),
      );
      return [...extra.map((key) => `${at}.${key}`), ...inner];
    }
    case 'int':
      return Number.isInteger(value) ? [] : [at];
    case 'double':
      return typeof value === 'number' ? [] : [at];
    case 'bool':
      return typeof value === 'boolean' ? [] : [at];
    default:
      return typeof value === 'string' ? [] : [at];
  }
}
