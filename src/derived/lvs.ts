import addresses from '../collectors/addresses.ts';
import ipvs from '../collectors/ipvs.ts';
import keepalived from '../collectors/keepalived.ts';
import namespaces from '../collectors/namespaces.ts';
import routes from '../collectors/routes.ts';
import { t } from '../define.ts';
import { type Derivation, type DerivedEntry, defineDerivedFact, entry } from '../define-derived.ts';
import { containsText, namedAddresses } from '../network/addresses.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import { netns } from './known.ts';

const from = { ipvs, keepalived, namespaces, netns };
type Facts = Parameters<Extract<DerivedEntry<unknown, typeof from>, { derive: unknown }>['derive']>[0];

const server = t.object({
  service: t.string('As keepalived.conf has it'),
  address: t.string(),
  port: t.int(),
});

/** The devices on which kube-proxy (ipvs) and kube-router put the addresses of Services. */
const KUBE_DEVICES: readonly string[] = ['kube-ipvs0', 'kube-dummy-if'];
/** kube-apiserver's --service-node-port-range, where it is left as it is. */
const [FIRST_NODE_PORT, LAST_NODE_PORT] = [30_000, 32_767];

/** A virtual server of a running keepalived, one of its places, and what IPVS has there. */
function* pairs({ ipvs, keepalived, namespaces, netns }: Facts) {
  const { running, services } = keepalived.value;
  const doubt = keepalived.unreadable?.running;
  if (doubt !== undefined) throw new Error(`whether keepalived runs is not known: ${doubt}`);
  for (const configured of running ? services : []) {
    if (!takesEffectIn(configured.namespace, netns.value, namespaces.value.list)) continue;
    for (const endpoint of configured.places) {
      const service = ipvs.value.services.find(
        ({ protocol, address, port, fwmark }) =>
          address === endpoint.address &&
          port === endpoint.port &&
          fwmark === endpoint.fwmark &&
          (endpoint.fwmark > 0 || protocol === configured.protocol),
      );
      yield { configured, service };
    }
  }
}

function linesOf({ ipvs, keepalived }: Facts) {
  return [ipvs.lines?.services ?? [], keepalived.lines?.services ?? []].flat(2);
}

export default defineDerivedFact({
  id: 'lvs',
  doc: 'In what IPVS differs from the addresses here and the configuration of the keepalived that runs, and how much it counts.',
  scope: 'netns',
  entries: {
    missing_services: entry({
      type: t.list(t.string(), 'Virtual servers, as keepalived.conf has them, that IPVS does not have'),
      from,
      derive(facts): Derivation<string[]> {
        // what half a table of IPVS does not have may be in the other half
        const known = facts.ipvs.partial === undefined ? [...pairs(facts)] : [];
        // checks that wait for the virtual address may not have begun
        const missing = known.filter(
          ({ configured, service }) => service === undefined && !configured.suspended,
        );
        return {
          value: [...new Set(missing.map(({ configured }) => configured.name))],
          lines: linesOf(facts),
        };
      },
    }),
    not_local: entry({
      type: t.list(
        t.string(),
        'Addresses of virtual services for which packets are not taken here: no interface has them, and no local route',
      ),
      from: { ipvs, addresses, routes },
      derive({ ipvs, addresses, routes }): Derivation<string[]> {
        const local = namedAddresses([
          ...addresses.value.list.map(({ address }) => address),
          ...routes.value.list.filter(({ type }) => type === 'local').map(({ destination }) => destination),
        ]);
        // what half the addresses leave out, the other half may have
        const isWhole = addresses.partial === undefined && routes.partial === undefined;
        const virtual = ipvs.value.services.map(({ address }) => address).filter((address) => address !== '');
        const missing = isWhole ? virtual.filter((address) => !containsText(local, address)) : [];
        return { value: [...new Set(missing)], lines: [ipvs.lines?.services ?? []].flat() };
      },
    }),
    estimators: entry({
      type: t.int('Services and real servers: the kernel keeps an estimate of the traffic of each'),
      from: { ipvs },
      derive: ({ ipvs }): Derivation<number> => ({
        value: ipvs.value.services.reduce((sum, { servers }) => sum + 1 + servers.length, 0),
        lines: [],
      }),
    }),
    idle_by_kube_proxy: entry({
      type: t.bool(
        "Every virtual service that nobody serves is kube-proxy's, which keeps those of Services without endpoints",
      ),
      from: { ipvs, addresses },
      derive({ ipvs, addresses }): Derivation<boolean> {
        const bound = addresses.value.list.filter((one) => KUBE_DEVICES.includes(one.interface));
        const own = new Set(bound.map(({ address }) => address));
        const isKubeProxys = ({ address, port }: { address: string; port: number }) =>
          own.has(address) || (own.size > 0 && port >= FIRST_NODE_PORT && port <= LAST_NODE_PORT);
        const idle = ipvs.value.services.filter(({ servers }) => !servers.some(({ weight }) => weight > 0));
        const value = idle.length > 0 && idle.every(isKubeProxys);
        // further addresses can't take one from it
        return { value, despite: value ? ['addresses'] : [] };
      },
    }),
    ejected: entry({
      type: t.list(
        server,
        'Real servers that are configured, and that IPVS does not have, or has with weight 0',
      ),
      from,
      derive(facts): Derivation<{ service: string; address: string; port: number }[]> {
        const value = [...pairs(facts)].flatMap(({ configured, service }) =>
          service === undefined
            ? []
            : configured.servers
                .filter(({ address, port, weight }) => {
                  const there = service.servers.find((one) => one.address === address && one.port === port);
                  return weight > 0 && (there === undefined || there.weight === 0);
                })
                .map(({ address, port }) => ({ service: configured.name, address, port })),
        );
        return { value, lines: linesOf(facts), despite: ['namespaces'] };
      },
    }),
  },
});
