import addresses from '../collectors/addresses.ts';
import ipvs from '../collectors/ipvs.ts';
import nat from '../collectors/nat.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import type { Line } from '../model.ts';

interface NatRule {
  backend: string;
  table: string;
  chain: string;
  text: string;
  origin: string;
  line: number;
}

/** A mode that shows in the rules of nat: where one is there, no other can take it away. */
function inRules(doc: string, isOfMode: (rule: NatRule) => boolean) {
  return entry({
    type: t.bool(doc),
    from: { nat },
    derive({ nat }): Derivation<boolean> {
      const rule = nat.value.rules.find(isOfMode);
      return rule === undefined
        ? { value: false }
        : {
            value: true,
            lines: [{ origin: rule.origin, line: rule.line, text: rule.text }],
            despite: 'all',
          };
    },
  });
}

/** pkg/proxy/ipvs/proxier.go: defaultDummyDevice */
const DEVICE = 'kube-ipvs0';

export default defineDerivedFact({
  id: 'proxy_modes',
  doc: 'The modes of kube-proxy whose rules for Services are in place.',
  scope: 'netns',
  entries: {
    // pkg/proxy/iptables/proxier.go: servicePortPolicyClusterChainNamePrefix. In ipvs mode there is none of these
    iptables: inRules(
      'Chains of Services in iptables: KUBE-SVC-...',
      ({ backend, chain }) => backend !== 'nftables' && chain.startsWith('KUBE-SVC-'),
    ),
    // pkg/proxy/nftables/proxier.go: kubeProxyTable
    nftables: inRules(
      'A table kube-proxy in nftables',
      ({ backend, table }) => backend === 'nftables' && table === 'kube-proxy',
    ),
    ipvs: entry({
      type: t.bool(`Virtual services whose addresses are on ${DEVICE}`),
      from: { ipvs, addresses },
      derive({ ipvs, addresses }): Derivation<boolean> {
        const own = addresses.value.list.filter((one) => one.interface === DEVICE);
        const service = ipvs.value.services.find(({ address }) => own.some((one) => one.address === address));
        if (service === undefined) return { value: false };
        const line: Line = { origin: 'ip address', line: 0, text: `${service.address} on ${DEVICE}` };
        return { value: true, lines: [line], despite: 'all' };
      },
    }),
  },
});
