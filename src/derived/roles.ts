import addresses from '../collectors/addresses.ts';
import ipvs from '../collectors/ipvs.ts';
import keepalived from '../collectors/keepalived.ts';
import listeners from '../collectors/listeners.ts';
import namespaces from '../collectors/namespaces.ts';
import nat from '../collectors/nat.ts';
import sysctl from '../collectors/sysctl.ts';
import { type Derivation, type DerivedEntry, defineDerivedFact, entry, type Origin, t } from '../define.ts';
import type { Line } from '../model.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import { netns } from './known.ts';

/** Facts of which names alone are taken: a namespace that is looked at is always among the namespaces. */
const NAMES_ONLY = ['namespaces'];

/** A role: the lines that show why a namespace has it; null where it has not. Lines suffice, whatever is missing. */
function role<F extends Record<string, Origin>>(
  doc: string,
  from: F,
  why: (facts: Parameters<DerivedEntry<boolean, F>['derive']>[0]) => Line[] | null,
): DerivedEntry {
  return entry({
    type: t.bool(doc),
    from,
    derive(facts): Derivation<boolean> {
      const lines = why(facts);
      return { value: lines !== null, lines: lines ?? [], despite: lines === null ? NAMES_ONLY : 'all' };
    },
  });
}

const FORWARDS = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];

type Settings = { value: Record<string, unknown>; lines?: Record<string, Line | Line[]> };

function forwards({ value, lines }: Settings): Line[] {
  return FORWARDS.filter((key) => value[key] === 1).flatMap(
    (key) => lines?.[key] ?? { origin: '/proc/sys/net', line: 0, text: `${key} 1` },
  );
}

interface Owned {
  interface: string;
  address: string;
  prefix: number;
  scope: string;
}

function ownedLine({ interface: name, address, prefix }: Owned): Line {
  return { origin: 'ip address', line: 0, text: `${address}/${prefix} on ${name}` };
}

/** One address of each interface that packets can go through. */
function connected(list: Owned[]): Owned[] {
  const global = list.filter(({ interface: name, scope }) => name !== 'lo' && scope === 'global');
  const first = new Map(global.toReversed().map((one) => [one.interface, one]));
  return global.filter((one) => first.get(one.interface) === one);
}

/** Names of interfaces made by kube-proxy, or by a network plugin of Kubernetes. */
const KUBERNETES_INTERFACES =
  /^(kube-ipvs0|kube-bridge|cilium_host|antrea-gw0|ovn-k8s-mp0|flannel\.1|weave)$/;
const KUBELET = 10250;

/**
 * Interfaces on which real servers of direct routing and tunnels have the virtual address, so that they do not ask for
 * it on the link.
 */
const VIRTUAL = /^(lo|tunl0|ipip\d*|gre0)$/;

const roles = {
  router: role(
    'Forwards packets, and has more than one interface to do so',
    { sysctl, addresses },
    ({ sysctl, addresses }) => {
      const [switches, interfaces] = [forwards(sysctl), connected(addresses.value.list)];
      return switches.length > 0 && interfaces.length > 1
        ? [...switches, ...interfaces.map(ownedLine)]
        : null;
    },
  ),
  nat_gateway: role(
    'Forwards packets, and has rules that rewrite their source addresses',
    { sysctl, nat },
    ({ sysctl, nat }) => {
      const switches = forwards(sysctl);
      const rules = [nat.lines?.source ?? []].flat();
      return switches.length > 0 && nat.value.source.length > 0 ? [...switches, ...rules] : null;
    },
  ),
  lvs_director: role(
    'Has virtual services of IPVS, or keepalived is to make some here',
    { ipvs, keepalived, namespaces, netns },
    ({ ipvs, keepalived, namespaces, netns }) => {
      const configured = keepalived.value.services.some((one) =>
        takesEffectIn(one.namespace, netns.value, namespaces.value.list),
      );
      if (ipvs.value.services.length === 0 && !configured) return null;
      return [ipvs.lines?.services ?? [], configured ? (keepalived.lines?.services ?? []) : []].flat(2);
    },
  ),
  lvs_real_server: role(
    'Has an address to itself on lo or a tunnel, as a real server of direct routing or tunnels has the virtual one',
    { addresses },
    ({ addresses }) => {
      const virtual = addresses.value.list.filter(({ interface: name, prefix, scope, address }) => {
        const alone = prefix === (address.includes(':') ? 128 : 32);
        return VIRTUAL.test(name) && alone && scope === 'global';
      });
      return virtual.length > 0 ? virtual.map(ownedLine) : null;
    },
  ),
  kubernetes_node: role(
    'Has the chains of kube-proxy, an interface of a network plugin, or a kubelet that listens',
    { nat, addresses, listeners },
    ({ nat, addresses, listeners }) => {
      const rule = nat.value.rules.find(({ chain }) => chain.startsWith('KUBE-'));
      const made = addresses.value.list.find(({ interface: name }) => KUBERNETES_INTERFACES.test(name));
      const kubelet = listeners.value.list.find(({ port }) => port === KUBELET);
      const lines = [
        ...(rule ? [{ origin: rule.origin, line: rule.line, text: rule.text }] : []),
        ...(made ? [ownedLine(made)] : []),
        ...(kubelet ? [{ origin: '/proc/net/tcp', line: 0, text: `listening on port ${KUBELET}` }] : []),
      ];
      return lines.length > 0 ? lines : null;
    },
  ),
  keepalived_member: role(
    'keepalived has a VRRP instance here',
    { keepalived, namespaces, netns },
    ({ keepalived, namespaces, netns }) =>
      keepalived.value.instances.some((one) =>
        takesEffectIn(one.namespace, netns.value, namespaces.value.list),
      )
        ? [keepalived.lines?.instances ?? []].flat()
        : null,
  ),
};

/** The role of none of the above: only where all of them are known not to hold. */
const plain = entry({
  type: t.bool('None of these'),
  from: Object.assign({}, ...Object.values(roles).map(({ from }) => from)) as Record<string, Origin>,
  derive(facts): Derivation<boolean> {
    const value = !Object.values(roles).some(({ derive }) => derive(facts).value);
    return { value, despite: value ? NAMES_ONLY : 'all' };
  },
});

export default defineDerivedFact({
  id: 'roles',
  doc: 'What a namespace does for others, each with why.',
  scope: 'netns',
  entries: { ...roles, plain },
});
