import addresses from '../collectors/addresses.ts';
import firewall_boot from '../collectors/firewall_boot.ts';
import ipvs from '../collectors/ipvs.ts';
import keepalived from '../collectors/keepalived.ts';
import listeners from '../collectors/listeners.ts';
import namespaces from '../collectors/namespaces.ts';
import nat from '../collectors/nat.ts';
import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import {
  type Derivation,
  type DerivedEntry,
  defineDerivedFact,
  entry,
  notComplete,
  type Origin,
} from '../define-derived.ts';
import type { Answer, Line } from '../model.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import { host, netns } from './known.ts';

type Origins = Record<string, Origin>;
type Facts<F extends Origins> = Parameters<
  Extract<DerivedEntry<boolean, F>, { derive: unknown }>['derive']
>[0];
type SomeFacts = Parameters<Extract<DerivedEntry, { deriveOfSome: unknown }>['deriveOfSome']>[0];

/** Evidence of a role in a namespace: the lines; null: none; or the reason why that can't be known. */
type Seen = Answer<Line[] | null>;

/** Something by which a role is known. */
interface Sign {
  from: Origins;
  see(known: SomeFacts): Seen;
}

/** A sign that facts show where they are known: lines suffice, whatever is missing; null only where nothing is. */
function sign<F extends Origins>(from: F, look: (facts: Facts<F>) => Line[] | null): Sign {
  return {
    from,
    see(known) {
      const facts: Record<string, unknown> = {};
      for (const name of Object.keys(from)) {
        const fact = known[name] as SomeFacts[string];
        if (!fact.ok) return fact;
        facts[name] = fact.value;
      }
      const lines = look(facts as Facts<F>);
      if (lines !== null) return { ok: true, value: lines };
      const lacks = Object.keys(from).flatMap((name) => {
        const { partial } = facts[name] as { partial?: string };
        // a namespace that is looked at is always among the namespaces
        return partial === undefined || name === 'namespaces' ? [] : [notComplete(name, partial)];
      });
      return lacks.length === 0 ? { ok: true, value: null } : notKnown(lacks);
    },
  };
}

const notKnown = (reasons: readonly string[]): Seen => ({
  ok: false,
  problem: 'denied',
  reason: [...new Set(reasons)].join('; '),
});

/** Joins signs: `all` of them make the role, or `any` does. */
function joined(how: 'all' | 'any', seen: readonly Seen[]): Seen {
  const lines = seen.flatMap((one) => (one.ok && one.value !== null ? [one.value] : []));
  const isNone = seen.some((one) => one.ok && one.value === null);
  if (how === 'any' && lines.length > 0) return { ok: true, value: lines.flat() };
  if (how === 'all' && isNone) return { ok: true, value: null };
  const unknown = seen.filter((one) => !one.ok);
  const [first] = unknown;
  if (first === undefined) return { ok: true, value: how === 'all' ? lines.flat() : null };
  return { ...first, reason: [...new Set(unknown.map(({ reason }) => reason))].join('; ') };
}

interface Role extends Sign {
  doc: string;
}

const together = (how: 'all' | 'any', signs: readonly Sign[]): Sign => ({
  from: Object.assign({}, ...signs.map(({ from }) => from)) as Origins,
  see: (known) =>
    joined(
      how,
      signs.map(({ see }) => see(known)),
    ),
});

const role = (doc: string, how: 'all' | 'any', signs: readonly Sign[]): Role => ({
  doc,
  ...together(how, signs),
});

function switchOf({ doc, from, see }: Role): DerivedEntry {
  return entry({
    type: t.bool(doc),
    from,
    deriveOfSome(known): Answer<Derivation<boolean>> {
      const seen = see(known);
      if (!seen.ok) return seen;
      return { ok: true, value: { value: seen.value !== null, lines: seen.value ?? [], despite: 'all' } };
    },
  });
}

/** A setting that is 1. It is known, or not, by itself. */
const switchedOn = (key: string): Sign => ({
  from: { sysctl },
  see(known) {
    const settings = known.sysctl as Answer<Facts<{ sysctl: typeof sysctl }>['sysctl']>;
    if (!settings.ok) return settings;
    const { value, lines, unreadable, partial } = settings.value;
    if (value[key] === 1)
      return {
        ok: true,
        value: [lines?.[key] ?? { origin: '/proc/sys/net', line: 0, text: `${key} 1` }].flat(),
      };
    if (value[key] !== undefined) return { ok: true, value: null };
    const why = unreadable?.[key] ?? partial;
    return why === undefined ? { ok: true, value: null } : notKnown([`${key} is not known: ${why}`]);
  },
});

const forwards: Sign = {
  from: { sysctl },
  see: (known) =>
    joined(
      'any',
      ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'].map((key) => switchedOn(key).see(known)),
    ),
};

const sourceRules = sign({ nat }, ({ nat }) =>
  nat.value.source.length > 0 ? [nat.lines?.source ?? []].flat() : null,
);

/** Rules that rewrite source addresses; one that is not understood may. */
const translates: Sign = {
  from: sourceRules.from,
  see(known) {
    const seen = sourceRules.see(known);
    const rules = known.nat as Answer<Facts<{ nat: typeof nat }>['nat']>;
    const odd = rules.ok ? rules.value.within?.source?.partial : undefined;
    return seen.ok && seen.value === null && odd !== undefined ? notKnown([odd]) : seen;
  },
};

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

const kubeProxyRules = sign({ nat }, ({ nat }) => {
  const rule = nat.value.rules.find(
    ({ backend, table, chain }) =>
      chain.startsWith('KUBE-') || (backend === 'nftables' && table === 'kube-proxy'),
  );
  return rule ? [{ origin: rule.origin, line: rule.line, text: rule.text }] : null;
});

const runningNode = together('any', [
  kubeProxyRules,
  sign({ addresses }, ({ addresses }) => {
    const made = addresses.value.list.find(({ interface: name }) => KUBERNETES_INTERFACES.test(name));
    return made ? [ownedLine(made)] : null;
  }),
  sign({ listeners }, ({ listeners }) =>
    listeners.value.list.some(({ port }) => port === KUBELET)
      ? [{ origin: '/proc/net/tcp', line: 0, text: `listening on port ${KUBELET}` }]
      : null,
  ),
]);

/** Services of a node: what starts them may be a cluster's own tool that comes with the first boot. */
const NODE_SERVICES = ['kubelet', 'k3s', 'k3s-agent', 'rke2-agent', 'rke2-server'];

const nodeImage = together('any', [
  kubeProxyRules,
  sign({ firewall_boot }, ({ firewall_boot }) => {
    const found = firewall_boot.value.installed.findIndex((name) => NODE_SERVICES.includes(name));
    return found < 0 ? null : [firewall_boot.lines?.installed ?? []].flat().slice(found, found + 1);
  }),
]);

function isAtRest({ host }: SomeFacts): boolean {
  return host?.ok === true && (host.value.value as { at_rest: boolean }).at_rest;
}

const roles = {
  router: role('Forwards packets, and has more than one interface to do so', 'all', [
    forwards,
    sign({ addresses }, ({ addresses }) => {
      const interfaces = connected(addresses.value.list);
      return interfaces.length > 1 ? interfaces.map(ownedLine) : null;
    }),
  ]),
  nat_gateway: role('Forwards packets, and has rules that rewrite their source addresses', 'all', [
    forwards,
    translates,
  ]),
  lvs_director: role('Has virtual services of IPVS, or keepalived is to make some here', 'any', [
    sign({ ipvs }, ({ ipvs }) =>
      ipvs.value.services.length > 0 ? [ipvs.lines?.services ?? []].flat() : null,
    ),
    sign({ keepalived, namespaces, netns }, ({ keepalived, namespaces, netns }) =>
      keepalived.value.services.some((one) =>
        takesEffectIn(one.namespace, netns.value, namespaces.value.list),
      )
        ? [keepalived.lines?.services ?? []].flat()
        : null,
    ),
  ]),
  lvs_real_server: role(
    'Has an address to itself on lo or a tunnel, as a real server of direct routing or tunnels has the virtual one',
    'all',
    [
      sign({ addresses }, ({ addresses }) => {
        const virtual = addresses.value.list.filter(({ interface: name, prefix, scope, address }) => {
          const alone = prefix === (address.includes(':') ? 128 : 32);
          return VIRTUAL.test(name) && alone && scope === 'global';
        });
        return virtual.length > 0 ? virtual.map(ownedLine) : null;
      }),
    ],
  ),
  kubernetes_node: {
    doc:
      'Has rules of kube-proxy, an interface of a network plugin, or a kubelet that listens. An image: has a kubelet, or ' +
      'a distribution of Kubernetes',
    from: { ...runningNode.from, ...nodeImage.from, host },
    see: (known: SomeFacts) => (isAtRest(known) ? nodeImage : runningNode).see(known),
  },
  keepalived_member: role('keepalived has a VRRP instance here', 'all', [
    sign({ keepalived, namespaces, netns }, ({ keepalived, namespaces, netns }) =>
      keepalived.value.instances.some((one) =>
        takesEffectIn(one.namespace, netns.value, namespaces.value.list),
      )
        ? [keepalived.lines?.instances ?? []].flat()
        : null,
    ),
  ]),
};

/** The role of none of the above: only where all of them are known not to hold. */
const plain = entry({
  type: t.bool('None of these'),
  from: Object.assign({}, ...Object.values(roles).map(({ from }) => from)) as Origins,
  deriveOfSome(known): Answer<Derivation<boolean>> {
    const any = joined(
      'any',
      Object.values(roles).map(({ see }) => see(known)),
    );
    return any.ok ? { ok: true, value: { value: any.value === null, despite: 'all' } } : any;
  },
});

export default defineDerivedFact({
  id: 'roles',
  doc: 'What a namespace does for others, each with why.',
  scope: 'netns',
  entries: {
    ...Object.fromEntries(Object.entries(roles).map(([name, one]) => [name, switchOf(one)])),
    plain,
  },
});
