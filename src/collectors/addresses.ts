import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import { isInnerBridge, parseIpAddress, speaksArp } from '../network/interfaces.ts';
import { withoutRemark } from '../network/unseen.ts';

const probes = {
  addresses: command('ip address', 'tool ip\nip address'),
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
    return { interfaces: parseIpAddress(text, origin), unseen };
  },
  fact({ interfaces, unseen }) {
    const found = interfaces.flatMap((device) => device.addresses.map((one) => ({ ...one, device })));
    const lines: Line[] = found.map(({ origin, line, text }) => ({ origin, line, text }));
    return {
      value: {
        list: found.map(({ device, address, prefix, scope }) => ({
          interface: device.name,
          address: printAddress(address),
          prefix,
          scope,
          arp: speaksArp(device),
          inner: isInnerBridge(device),
        })),
      },
      lines: { list: lines },
      ...(unseen === null ? {} : { partial: unseen }),
    };
  },
});
