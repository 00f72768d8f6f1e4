import addresses from '../collectors/addresses.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import { parseAddress } from '../network/address-text.ts';
import { contains, prefixSet } from '../network/addresses.ts';

/** The interface on which kube-proxy puts the addresses of Services (pkg/proxy/ipvs/proxier.go, defaultDummyDevice). */
const DEVICE = 'kube-ipvs0';

export default defineDerivedFact({
  id: 'kube_proxy',
  doc: 'What kube-proxy has set up here in its IPVS mode.',
  scope: 'netns',
  entries: {
    on_link: entry({
      type: t.list(
        t.string(),
        "IPv4 addresses on kube-ipvs0 alone that lie in another interface's network, where neighbours ask for them by ARP",
      ),
      from: { addresses },
      derive({ addresses: { value, lines = {}, further } }): Derivation<string[]> {
        const others = value.list.filter((one) => one.interface !== DEVICE && one.arp);
        const networks = others.flatMap(({ address, prefix }) => {
          const own = parseAddress(address);
          return own?.family === 4 ? [prefixSet(own, prefix)] : [];
        });
        const isAskedFor = (text: string) => {
          const address = parseAddress(text);
          const isOnLink = address !== null && networks.some((network) => contains(network, address));
          return isOnLink && !others.some((one) => one.address === text);
        };
        const shown = [lines.list ?? []].flat();
        const found = value.list.flatMap(({ interface: name, address }, place) =>
          name === DEVICE && isAskedFor(address) ? [{ address, line: shown[place] }] : [],
        );
        return {
          value: [...new Set(found.map(({ address }) => address))],
          lines: found.flatMap(({ line }) => line ?? []),
          despite: further?.family === 'ip6' ? ['addresses'] : [],
        };
      },
    }),
  },
});
