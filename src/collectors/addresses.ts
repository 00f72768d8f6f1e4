import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import { innerBridges, parseIpAddress, speaksArp } from '../network/interfaces.ts';
import { familyUnseen, withoutRemark } from '../network/unseen.ts';

const probes = {
  addresses: command('ip address', 'tool ip\nip address', {
    ip: { kind: 'links', family: 'any', command: 'address' },
  }),
};

export default defineCollector({
  id: 'addresses',
  doc: 'The addresses of a namespace, on all its interfaces.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    list: t.list(
      t.object({
        interface: t.string(),
        family: t.string('`ip` or `ip6`'),
        address: t.string(),
        prefix: t.int('Bits of the network: 24 in 10.0.0.1/24'),
        scope: t.string('`global`, `link`, `host`, ...'),
        arp: t.bool('Whether the interface speaks ARP: no loopback, no tunnel, no dummy that is silent'),
        inner: t.bool('Whether it is a bridge for what runs on this host: docker0, virbr0, cni0, ...'),
      }),
    ),
  }),
  model({ addresses }, _before, { addresses: origin }) {
    const { text, unseen } = withoutRemark(addresses);
    if (text.trim() === '') throw new Error(`${origin} printed nothing, and every namespace has a loopback`);
    const family = familyUnseen(addresses);
    return {
      interfaces: parseIpAddress(text, origin),
      unseen: unseen === null ? [] : [{ reason: unseen, ...(family !== null && { family }) }],
    };
  },
  fact({ interfaces, unseen: [unseen] }) {
    const found = interfaces.flatMap((device) => device.addresses.map((one) => ({ ...one, device })));
    const inner = new Set(innerBridges(interfaces));
    const lines: Line[] = found.map(({ origin, line, text }) => ({ origin, line, text }));
    return {
      value: {
        list: found.map(({ device, address, prefix, scope }) => ({
          interface: device.name,
          family: nameOf(address.family),
          address: printAddress(address),
          prefix,
          scope,
          arp: speaksArp(device),
          inner: inner.has(device),
        })),
      },
      lines: { list: lines },
      ...(unseen && { partial: unseen.reason }),
      ...(unseen?.family && { further: { family: nameOf(unseen.family) } }),
    };
  },
});

const nameOf = (family: 4 | 6) => (family === 4 ? 'ip' : 'ip6');
