import { command, defineCollector, file, t } from '../define.ts';
import { groupedBy } from '../grouped-by.ts';
import type { Line } from '../model.ts';
import { printAddress, printEndpoint } from '../network/address-text.ts';
import { parseIpvsadmSave, parseIpvsTable, type RealServer, type VirtualService } from '../network/ipvs.ts';
import { seenOf } from '../network/unseen.ts';
import { nothingAtRest, persisted } from './at-rest/persisted.ts';

/** ipvsadm would load ip_vs where it is not there. It prints seconds, where /proc prints jiffies. */
const saved = `
command -v ipvsadm >/dev/null 2>&1 || absent "ipvsadm is not installed"
[ "$(id -u)" = 0 ] || absent "only root may run ipvsadm"
ipvsadm -S -n`;

const persistedServices = persisted([
  { path: '/etc/ipvsadm.rules', services: ['ipvsadm'] },
  { path: '/etc/sysconfig/ipvsadm', services: ['ipvsadm'] },
]);

const probes = {
  ipvs: file('/proc/net/ip_vs', { optional: true, atRest: nothingAtRest }),
  ipvsadm: command('ipvsadm -S -n', saved, {
    optional: true,
    needed: { path: '"$PROC_NET/ip_vs"', reason: 'IPVS is not in use' },
    atRest: persistedServices,
  }),
};

const server = t.object({
  address: t.string(),
  port: t.int(),
  forwarding: t.string('`masq`, `direct`, `tunnel` or `local`'),
  weight: t.int('0: gets no new connections'),
  active: t.int('Connections; -1 where not known'),
  inactive: t.int('Connections; -1 where not known'),
});

const service = t.object({
  protocol: t.string('`TCP`, `UDP`, `SCTP`, or `FWM` for a service by firewall mark'),
  address: t.string("'' for a service by firewall mark"),
  port: t.int('0: all'),
  fwmark: t.int('0 for a service by address'),
  scheduler: t.string(),
  persistent: t.bool(),
  timeout: t.int('Seconds a client stays with its server; -1 where not persistent, or known in jiffies only'),
  servers: t.list(server),
});

export default defineCollector({
  id: 'ipvs',
  doc: 'The virtual services of IPVS and their real servers. None where IPVS is not in use.',
  scope: 'netns',
  samples: 1,
  takesUnseen: true,
  probes,
  type: t.object({ services: t.list(service) }),
  model(answers, _before, origins) {
    const { texts, why } = seenOf(answers);
    const { ipvs, ipvsadm } = texts;
    const fromProgram = ipvsadm === undefined ? [] : parseIpvsadmSave(ipvsadm, origins.ipvsadm);
    if (ipvs !== undefined)
      return {
        services: completed(parseIpvsTable(ipvs, origins.ipvs), fromProgram),
        unseen: why.ipvs === undefined ? [] : [{ reason: why.ipvs }],
      };
    // the program lists all that the kernel's table has
    const reason = ipvsadm === undefined ? (why.ipvs ?? why.ipvsadm) : undefined;
    return { services: fromProgram, unseen: reason === undefined ? [] : [{ reason }] };
  },
  fact({ services, unseen: [unseen] }) {
    return {
      value: { services: services.map(shown) },
      lines: { services: services.map(lineOf) },
      ...(unseen && { partial: unseen.reason }),
    };
  },
});

/** Returns the services of the kernel's table, with what only the program prints: seconds, and the family of marks. */
function completed(services: VirtualService[], byProgram: VirtualService[]): VirtualService[] {
  const sameNamed = groupedBy(byProgram, nameOf);
  return services.map((one) => {
    const printed = sameNamed.get(nameOf(one)) ?? [];
    const families = new Set(printed.map(({ family }) => family));
    const family = one.family ?? (families.size === 1 ? (printed[0]?.family ?? null) : null);
    const timeout = printed.find((other) => other.family === family)?.timeout ?? null;
    return { ...one, family, timeout: one.timeout ?? timeout };
  });
}

function nameOf({ protocol, address, port, fwmark }: VirtualService): string {
  return address ? `${protocol} ${printAddress(address)} ${port}` : `${protocol} ${fwmark}`;
}

function shown(one: VirtualService) {
  return {
    protocol: one.protocol,
    address: one.address ? printAddress(one.address) : '',
    port: one.port,
    fwmark: one.fwmark,
    scheduler: one.scheduler,
    persistent: one.persistent,
    timeout: one.timeout ?? -1,
    servers: one.servers.map(shownServer),
  };
}

function shownServer({ address, port, forwarding, weight, active, inactive }: RealServer) {
  return {
    address: printAddress(address),
    port,
    forwarding,
    weight,
    active: active ?? -1,
    inactive: inactive ?? -1,
  };
}

/** Returns the line of the service with its servers, in plain text: the table itself is in hex. */
function lineOf(one: VirtualService): Line {
  const where = one.address ? printEndpoint(one.address, one.port) : `mark ${one.fwmark}`;
  const stay = one.persistent ? ` persistent${one.timeout === null ? '' : ` ${one.timeout} s`}` : '';
  const about = `${one.protocol} ${where} ${one.scheduler}${stay}`;
  const servers = one.servers.map(
    (real) => `${printEndpoint(real.address, real.port)} ${real.forwarding} weight ${real.weight}`,
  );
  const text = `${about} → ${servers.join(', ') || 'no real servers'} (${one.text})`;
  return { origin: one.origin, line: one.line, text };
}
