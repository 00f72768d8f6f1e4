import { command, defineCollector, t } from '../define.ts';
import type { Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import { parseIpAddress } from '../network/interfaces.ts';
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
      }),
    ),
  }),
  model({ addresses }, _before, { addresses: origin }) {
    const { text, unseen } = withoutRemark(addresses);
    if (text.trim() === '') throw new Error(`${origin} printed nothing, and every namespace has a loopback`);
    return { interfaces: parseIpAddress(text, origin), unseen };
  },
  fact({ interfaces, unseen }) {
    const found = interfaces.flatMap(({ name, addresses }) =>
      addresses.map((one) => ({ ...one, interface: name })),
    );
    const lines: Line[] = found.map(({ origin, line, text }) => ({ origin, line, text }));
    return {
      value: {
        list: found.map(({ interface: name, address, prefix, scope }) => ({
          interface: name,
          address: printAddress(address),
          prefix,
          scope,
        })),
      },
      lines: { list: lines },
      ...(unseen === null ? {} : { partial: unseen }),
    };
  },
});
