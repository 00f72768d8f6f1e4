import ipvs from '../collectors/ipvs.ts';
import keepalived from '../collectors/keepalived.ts';
import namespaces from '../collectors/namespaces.ts';
import { type Derivation, type DerivedEntry, defineDerivedFact, entry, t } from '../define.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import { netns } from './known.ts';

const from = { ipvs, keepalived, namespaces, netns };
type Facts = Parameters<Extract<DerivedEntry<unknown, typeof from>, { derive: unknown }>['derive']>[0];

const server = t.object({
  service: t.string('As keepalived.conf has it'),
  address: t.string(),
  port: t.int(),
});

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
  doc: 'In what IPVS differs from the configuration of the keepalived that runs here.',
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
