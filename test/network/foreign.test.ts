/** Other projects' parser cases: what they read out of a text, we read too. See ORIGIN and LICENSE beside each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printAddress } from '../../src/network/address-text.ts';
import { parseIptablesList } from '../../src/network/iptables/list.ts';
import { optionsOfRule, parseIptablesSave } from '../../src/network/iptables/save.ts';
import { optionTokens, printTokens, tokenize } from '../../src/network/iptables/tokens.ts';
import { parseIpvsTable } from '../../src/network/ipvs.ts';
import { allRules } from '../../src/network/nat-rules.ts';
import { parseNftJson } from '../../src/network/nft/json.ts';
import { parseRoutes } from '../../src/network/routes.ts';

const DATA = join(import.meta.dirname, '../data');
const read = (...path: string[]) => readFileSync(join(DATA, ...path), 'utf8');
const json = <T>(...path: string[]): T => JSON.parse(read(...path)) as T;
const filesOf = (project: string, pattern: RegExp) =>
  readdirSync(join(DATA, project)).filter((name) => pattern.test(name));

const save = (text: string) => parseIptablesSave(text, { backend: 'legacy', family: 'ip', origin: 'it' });

describe('kubernetes: iptables-save', () => {
  it('basic_dump.txt', () => {
    const expected = json<Record<string, Record<string, string[]>>>('kubernetes/basic_dump.json');
    const tables = save(read('kubernetes/basic_dump.txt'));
    const found = Object.fromEntries(
      tables.map(({ name, chains }) => [
        name,
        Object.fromEntries([...chains].map(([chain, { rules }]) => [chain, rules.map(({ text }) => text)])),
      ]),
    );
    expect(found).toEqual(expected);
  });

  const cases = json<{ rule: string; fields: Record<string, string | boolean> }[]>('kubernetes/rules.json');
  it.each(cases)('$rule', ({ rule, fields }) => {
    const { chain, list } = optionsOfRule(rule)!;
    const argument = (...names: string[]) => {
      const option = list.find(({ name }) => names.includes(name));
      return option && `${option.not ? '! ' : ''}${option.args[0] ?? true}`;
    };
    const found = {
      Chain: chain,
      Comment: argument('--comment'),
      Protocol: argument('-p'),
      SourceAddress: argument('-s'),
      SourceType: argument('--src-type'),
      DestinationAddress: argument('-d'),
      DestinationType: argument('--dst-type'),
      DestinationPort: argument('--dport'),
      DNATDestination: argument('--to-destination'),
      Jump: argument('-j'),
      Probability: argument('--probability'),
      StatisticMode: argument('--mode'),
      AffinityName: argument('--name'),
      AffinitySeconds: argument('--seconds'),
    };
    const { AffinityCheck, AffinityReap, ...texts } = fields;
    expect(found).toMatchObject(texts);
    expect(list.some(({ name, not }) => name === '--rcheck' && !not)).toBe(AffinityCheck === true);
    expect(list.some(({ name }) => name === '--reap')).toBe(AffinityReap === true);
    expect(['-A', chain, ...optionTokens(list)]).toEqual(tokenize(rule));
  });
});

describe('insights-core: iptables-save', () => {
  interface Listing {
    chains: { table: string; name: string; policy: string | null }[];
    rules: { table: string; chain: string; target?: string; rule: string }[];
  }
  const good = filesOf('insights-core', /^iptables\..*\.txt$/).filter((name) => !name.includes('SPECIAL'));
  it.each(good)('%s', (name) => {
    const expected = json<Listing>('insights-core', name.replace('.txt', '.json'));
    const tables = save(read('insights-core', name));
    const chains = tables.flatMap((table) =>
      [...table.chains.values()].map((chain) => ({
        table: table.name,
        name: chain.name,
        policy: chain.base?.policy?.toUpperCase() ?? null,
      })),
    );
    expect(chains).toEqual(expected.chains.map(({ table, name, policy }) => ({ table, name, policy })));
    const rules = [...allRules(tables)].map(({ table, chain, rule }) => ({
      table: table.name,
      chain: chain.name,
      rule: rule.text.replace(/^-A \S+ ?/, ''),
    }));
    expect(rules).toEqual(expected.rules.map(({ table, chain, rule }) => ({ table, chain, rule })));
  });

  it('IP6TABLES_SAVE_SPECIAL: a line cut off is refused, where others pass over it', () => {
    expect(() => save(read('insights-core/iptables.IP6TABLES_SAVE_SPECIAL.txt'))).toThrow(/^it:14: .*-A/);
  });
});

describe('insights-core: nft -j list ruleset', () => {
  const good = filesOf('insights-core', /^nftables\..*\.txt$/).filter((name) => !name.includes('EMPTY'));
  it.each(good)('%s', (name) => {
    interface Body {
      family: string;
      name: string;
      table: string;
      chain: string;
    }
    const objects = json<{ nftables: Record<string, Body>[] }>('insights-core', name).nftables;
    const all = (kind: string) => objects.flatMap((object) => object[kind] ?? []);
    const tables = parseNftJson(read('insights-core', name), name);
    expect(tables.map((table) => `${table.family} ${table.name}`)).toEqual(
      all('table').map((table) => `${table.family} ${table.name}`),
    );
    const placed = [...allRules(tables)];
    expect(placed.map(({ table, chain }) => `${table.name} ${chain.name}`).sort()).toEqual(
      all('rule')
        .map(({ table, chain }) => `${table} ${chain}`)
        .sort(),
    );
    expect(
      placed
        .flatMap(({ rule }) => rule.steps)
        .flatMap(({ when, action }) => [...when, ...(action ? [action] : [])])
        .filter(({ kind }) => kind === 'undecided' || kind === 'unknown'),
    ).toEqual([]);
  });

  it('a ruleset without tables has none', () => {
    expect(parseNftJson(read('insights-core/nftables.EMPTY_OUTPUT.txt'), 'it')).toEqual([]);
  });
});

describe('jc: iptables -L', () => {
  interface Listed {
    chain: string;
    default_policy?: string;
    rules: { target?: string | null; pkts?: number }[];
  }
  it.each(filesOf('jc', /iptables.*\.txt$/))('%s', (name) => {
    const chains = parseIptablesList(read('jc', name), name);
    const expected = json<Listed[]>('jc', name.replace('.txt', '.json'));
    expect(chains.map((chain) => [chain.name, chain.rules.map((rule) => rule.target)])).toEqual(
      expected.map((chain) => [chain.chain, chain.rules.map((rule) => rule.target ?? '')]),
    );
    const counted = expected.flatMap((chain) => chain.rules.map((rule) => rule.pkts ?? null));
    expect(chains.flatMap((chain) => chain.rules.map((rule) => rule.packets))).toEqual(counted);
  });
});

describe('jc: ip route', () => {
  interface Listed {
    ip: string;
    via?: string;
    dev: string;
    src?: string;
    metric?: number;
  }
  it.each(filesOf('jc', /ip_route\.txt$/))('%s', (name) => {
    const routes = parseRoutes(read('jc', name), 4, name);
    const found = routes.map(
      ({ text, hops: [hop], source, metric }): Listed => ({
        ip: text.split(' ')[0]!,
        ...(hop!.via ? { via: printAddress(hop!.via) } : {}),
        dev: hop!.device!,
        ...(source ? { src: printAddress(source) } : {}),
        ...(metric ? { metric } : {}),
      }),
    );
    const expected = json<Listed[]>('jc', name.replace('.txt', '.json'));
    expect(found).toEqual(
      expected.map(({ ip, via, dev, src, metric }) => ({
        ip,
        ...(via ? { via } : {}),
        dev,
        ...(src ? { src } : {}),
        ...(metric ? { metric } : {}),
      })),
    );
  });
});

describe('/proc/net/ip_vs', () => {
  it('procfs: every real server with its counters', () => {
    interface Backend {
      LocalAddress?: string;
      LocalPort?: number;
      LocalMark?: string;
      RemoteAddress: string;
      RemotePort: number;
      Proto: string;
      Weight: number;
      ActiveConn: number;
      InactConn: number;
    }
    const found = parseIpvsTable(read('procfs/ip_vs'), 'it').flatMap((service) =>
      service.servers.map(
        (server): Backend => ({
          ...(service.address
            ? { LocalAddress: printAddress(service.address), LocalPort: service.port }
            : { LocalMark: service.fwmark.toString(16) }),
          RemoteAddress: printAddress(server.address),
          RemotePort: server.port,
          Proto: service.protocol,
          Weight: server.weight,
          ActiveConn: server.active!,
          InactConn: server.inactive!,
        }),
      ),
    );
    expect(found).toMatchObject(json<Backend[]>('procfs/ip_vs.json'));
  });

  it('node_exporter: the metrics it makes of it', () => {
    const found: string[] = [];
    for (const service of parseIpvsTable(read('node_exporter/ip_vs'), 'it')) {
      for (const { address, port, weight, active, inactive } of service.servers) {
        const mark = service.address ? '' : service.fwmark.toString(16);
        const local = service.address ? printAddress(service.address) : '';
        const labels = `{local_address="${local}",local_mark="${mark}",local_port="${service.port}",proto="${service.protocol}",remote_address="${printAddress(address)}",remote_port="${port}"}`;
        found.push(`node_ipvs_backend_weight${labels} ${weight}`);
        found.push(`node_ipvs_backend_connections_active${labels} ${active}`);
        found.push(`node_ipvs_backend_connections_inactive${labels} ${inactive}`);
      }
    }
    const expected = read('node_exporter/net_ip_vs.prom').split('\n');
    expect(found.sort()).toEqual(expected.filter((line) => line.startsWith('node_ipvs_backend')).sort());
  });

  it.each(filesOf('octavia', /\.txt$/))('octavia: %s', (name) => {
    interface Mapping {
      listeners: string[];
      realservers: Record<string, { Forward: string; Weight: string; ActiveConn: string }>;
    }
    const { listeners, realservers } = json<Mapping>('octavia', name.replace('.txt', '.json'));
    const place = (one: { address: Parameters<typeof printAddress>[0] | null; port: number }) => {
      const text = one.address ? printAddress(one.address) : '';
      return `${text.includes(':') ? `[${text}]` : text}:${one.port}`;
    };
    // octavia expands groups of zeros in what it got shortened, and shortens nothing itself
    const normal = (text: string) => text.replace(/:0(?=:)/g, ':0');
    const services = parseIpvsTable(read('octavia', name), name).filter((service) =>
      listeners.map(normal).includes(place(service).replace('9963::', '9963:0:')),
    );
    expect(services).toHaveLength(listeners.length);
    for (const [where, expected] of Object.entries(realservers)) {
      const server = services
        .flatMap(({ servers }) => servers)
        .find((one) => place(one).replace('9963::', '9963:0:') === where);
      expect(server, where).toMatchObject({
        forwarding: expected.Forward.toLowerCase(),
        weight: Number(expected.Weight),
        active: Number(expected.ActiveConn),
      });
    }
  });
});

describe('words', () => {
  it.each([
    ['-m comment --comment "he\\"l\\\\lo wor\\\'ld"', ['-m', 'comment', '--comment', 'he"l\\lo wor\'ld']],
    ['--comment "" -j X', ['--comment', '', '-j', 'X']],
    ['-m string --string "-j ACCEPT" --algo bm', ['-m', 'string', '--string', '-j ACCEPT', '--algo', 'bm']],
  ])('%s', (line, expected) => {
    expect(tokenize(line)).toEqual(expected);
    expect(tokenize(printTokens(expected))).toEqual(expected);
  });
});
