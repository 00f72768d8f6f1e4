import addresses from '../collectors/addresses.ts';
import ipvs from '../collectors/ipvs.ts';
import nat from '../collectors/nat.ts';
import unanswered, { udpFlow } from '../collectors/unanswered_udp.ts';
import { type Type, t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import { containsText, namedAddresses, unionOf } from '../network/addresses.ts';

type Flow = typeof udpFlow extends Type<infer T> ? T : never;

const LOOPBACK = namedAddresses(['127.0.0.0/8']);

export default defineDerivedFact({
  id: 'stale_udp',
  doc: 'UDP that conntrack goes on sending to where no rule sends anything any more.',
  scope: 'netns',
  entries: {
    flows: entry({
      type: t.list(
        udpFlow,
        'Connections that were never answered, to an address that no rule of nat names as a new destination, no virtual ' +
          "service as a server, and that is not this namespace's own",
      ),
      from: { unanswered_udp: unanswered, nat, ipvs, addresses },
      derive({ unanswered_udp: udp, nat, ipvs, addresses }): Derivation<Flow[]> {
        const rules = nat.value.destination.flatMap(({ translations }) => translations);
        const targets = unionOf([
          LOOPBACK,
          ...rules.filter(({ side }) => side === 'destination').map(({ to }) => namedAddresses(to)),
          namedAddresses(ipvs.value.services.flatMap(({ servers }) => servers.map(({ address }) => address))),
          namedAddresses(addresses.value.list.map(({ address }) => address)),
        ]);
        const value = udp.value.list.filter(({ to }) => !containsText(targets, to));
        // a rule, a server or an address that was not seen may be the one that they were sent by
        const lacking = [nat, ipvs, addresses].flatMap(({ partial = [], further }) =>
          further?.family === 'ip6' ? [] : partial,
        );
        const why = lacking[0] ?? nat.within?.destination?.partial ?? nat.unreadable?.destination;
        if (value.length > 0 && why !== undefined) throw new Error(why);
        const shown = [udp.lines?.list ?? []].flat();
        return {
          value,
          lines: value.flatMap((flow) => shown[udp.value.list.indexOf(flow)] ?? []),
          despite: ['nat', 'ipvs', 'addresses'],
        };
      },
    }),
  },
});
