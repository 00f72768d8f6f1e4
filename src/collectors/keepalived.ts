import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { type KeepalivedConf, parseKeepalived, type VrrpInstance } from '../network/keepalived/keepalived.ts';
import type { HealthCheck, VirtualServer } from '../network/keepalived/servers.ts';
import { atRest } from './keepalived/at-rest.ts';
import { readKeepalivedFiles } from './keepalived/files.ts';
import { ask } from './keepalived/probe.ts';

const check = t.object({
  kind: t.string('`TCP_CHECK`, `HTTP_GET`, `MISC_CHECK`, ...'),
  timeout: t.double('Seconds that one attempt may take'),
  retry: t.int('Attempts after one that failed: the server is out after retry + 1'),
  delay_before_retry: t.double('Seconds between these'),
  interval: t.double('Seconds between checks while all is well (`delay_loop`)'),
});

const server = t.object({
  address: t.string(),
  port: t.int(),
  weight: t.int(),
  forwarding: t.string('`masq`, `direct` or `tunnel`'),
  inhibited: t.bool('A failed check sets the weight to 0, and leaves the server in the table'),
  checks: t.list(check),
  attempts: t.int(
    'Failed attempts in a row that take it out, of its strictest check; 0 where nothing checks it',
  ),
  patience: t.double('Seconds that these take where every one of them times out'),
});

const service = t.object({
  name: t.string('As it is written: `192.168.128.5 5432`, `fwmark 7`, `group web`'),
  protocol: t.string('`TCP`, `UDP` or `SCTP`'),
  places: t.list(
    t.object({ address: t.string(), port: t.int(), fwmark: t.int() }),
    'What it takes connections to: one, or the entries of its group',
  ),
  scheduler: t.string(),
  persistence: t.int('Seconds; 0 where not persistent'),
  suspended: t.bool('Checks wait until the virtual address is here (`ha_suspend`)'),
  alpha: t.bool('Servers are taken for dead until a check succeeds'),
  sorry_server: t.string("'' where there is none"),
  servers: t.list(server),
  namespace: t.string("Network namespace: its inode, or its name; the host's own where empty"),
});

const instance = t.object({
  name: t.string(),
  state: t.string('`MASTER` or `BACKUP`: what it begins as'),
  interface: t.string("'' where none is given"),
  virtual_router_id: t.int(),
  priority: t.int(),
  nopreempt: t.bool(),
  advert_int: t.double('Seconds'),
  unicast: t.bool(),
  group: t.string('The multicast address of its adverts, where it is not the usual one'),
  accepts: t.bool('Whether packets to its addresses are taken (not so with `vrrp_strict`)'),
  addresses: t.list(t.string(), 'The virtual addresses, without masks'),
  family: t.int('4 or 6'),
  namespace: t.string('As in services'),
});

export default defineCollector({
  id: 'keepalived',
  doc: 'What keepalived is configured to do, by its files: those of running keepalived, in containers too, else the usual one.',
  scope: 'host',
  samples: 1,
  probes: { files: command('/etc/keepalived/keepalived.conf', ask, { optional: true, atRest }) },
  type: t.object({
    running: t.bool(),
    files: t.list(t.string(), 'Those that were read; none where keepalived is not here'),
    instances: t.list(instance, 'VRRP instances'),
    services: t.list(service, 'Virtual servers'),
  }),
  parse({ files: text }) {
    if (text === undefined) return { value: { running: false, files: [], instances: [], services: [] } };
    const read = readKeepalivedFiles(text);
    const confs = read.confs.map(({ source, namespace }) => ({ conf: parseKeepalived(source), namespace }));
    const doubts = [...read.doubts, ...confs.flatMap(({ conf }) => conf.doubts)];
    const { running, files } = read;
    return {
      value: {
        running,
        files: [...files.keys()],
        instances: confs.flatMap(({ conf, namespace }) => shownInstances(conf, namespace)),
        services: confs.flatMap(({ conf, namespace }) => shownServices(conf, namespace)),
      },
      lines: linesOf(confs.map(({ conf }) => conf)),
      ...(doubts.length > 0 ? { partial: doubts.join('; ') } : {}),
      ...(read.hidden === null ? {} : { unreadable: { running: read.hidden } }),
    };
  },
});

function shownInstances(conf: KeepalivedConf, namespace: string) {
  return conf.instances.map(({ virtualRouterId, advertInterval, file: _file, line: _line, ...rest }) => ({
    ...rest,
    virtual_router_id: virtualRouterId,
    advert_int: advertInterval,
    namespace: conf.namespace || namespace,
  }));
}

function shownServices(conf: KeepalivedConf, namespace: string) {
  return conf.servers.map(({ sorryServer, servers, file: _file, line: _line, ...rest }) => ({
    ...rest,
    sorry_server: sorryServer,
    servers: servers.map(({ checks, file: _f, line: _l, ...about }) => ({
      ...about,
      checks: checks.map(({ delayBeforeRetry, line: _at, ...one }) => ({
        ...one,
        delay_before_retry: delayBeforeRetry,
      })),
      ...strictest(checks),
    })),
    namespace: conf.ipvsNamespace || conf.namespace || namespace,
  }));
}

function strictest(checks: readonly HealthCheck[]) {
  const rated = checks.map(({ timeout, retry, delayBeforeRetry }) => ({
    attempts: retry + 1,
    patience: (retry + 1) * timeout + retry * delayBeforeRetry,
  }));
  return rated.sort((a, b) => a.patience - b.patience)[0] ?? { attempts: 0, patience: 0 };
}

function linesOf(confs: KeepalivedConf[]): Record<string, Line[]> {
  return {
    instances: confs.flatMap(({ instances }) => instances.map(instanceLine)),
    services: confs.flatMap(({ servers }) => servers.flatMap(serviceLines)),
  };
}

function instanceLine(one: VrrpInstance): Line {
  const { name, state, virtualRouterId, priority, file: origin, line } = one;
  const about = `interface ${one.interface || '(none)'}, virtual_router_id ${virtualRouterId}, priority ${priority}`;
  return { origin, line, text: `vrrp_instance ${name}: ${state}, ${about}` };
}

function serviceLines({ name, servers, sorryServer, file, line }: VirtualServer): Line[] {
  const sorry = sorryServer === '' ? 'no sorry_server' : `sorry_server ${sorryServer}`;
  return [
    { origin: file, line, text: `virtual_server ${name}: ${sorry}` },
    ...servers.map((server) => ({
      origin: server.file,
      line: server.line,
      text: `real_server ${server.address} ${server.port}: ${server.checks.map(described).join(', ') || 'no check'}`,
    })),
  ];
}

function described({ kind, timeout, retry, delayBeforeRetry, interval }: HealthCheck): string {
  return `${kind} every ${interval} s, timeout ${timeout} s, retry ${retry} after ${delayBeforeRetry} s`;
}
