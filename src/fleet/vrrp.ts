/** Finds the VRRP instances of a fleet that meet on one segment. */
import type keepalivedCollector from '../collectors/keepalived.ts';
import type { Parsed } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import { findLinks, type Links } from '../network/topology/links.ts';
import { distinctNodes, type NetnsNode } from '../network/topology/nodes.ts';
import type { OtherInstance, VrrpFact } from './vrrp-fact.ts';

type Keepalived = ReturnType<typeof keepalivedCollector.fact>['value'];
type Instance = Keepalived['instances'][number];

/** A host of the fleet, and what its keepalived is configured to do. */
export interface VrrpHost {
  host: string;
  keepalived: Answer<Parsed<Keepalived>>;
  nodes: readonly NetnsNode[];
}

/** An instance, and where its adverts go. */
interface Speaker {
  host: string;
  instance: Instance;
  segment: Segment;
}

/** The segment of an interface; null: nobody else hears what it sends there, or it is not known why. */
type Segment = { number: number } | { unknown: string } | null;

/** Returns the fact of each host: not known where its own configuration is not, in part where those beside it are not. */
export function vrrpFacts(hosts: readonly VrrpHost[]): Map<string, Answer<Parsed<VrrpFact>>> {
  const any = hosts.some(({ keepalived }) => keepalived.ok && keepalived.value.value.instances.length > 0);
  const links = findLinks(any ? distinctNodes(hosts.flatMap((one) => one.nodes)) : []);
  const speakers = hosts.flatMap((one) => speakersOf(one, links));
  return new Map(
    hosts.map(({ host, keepalived }): [string, Answer<Parsed<VrrpFact>>] => {
      if (!keepalived.ok) return [host, keepalived];
      const own = speakers.filter((speaker) => speaker.host === host);
      const doubts = [
        ...(keepalived.value.partial === undefined ? [] : [keepalived.value.partial]),
        ...own.flatMap(({ segment }) => (segment && 'unknown' in segment ? segment.unknown : [])),
        ...unreadBeside(own, hosts, links),
      ];
      const value = { instances: own.map((speaker) => besideOthers(speaker, speakers)) };
      const lines = keepalived.value.lines as Record<string, Line | Line[]> | undefined;
      const partial = [...new Set(doubts)].join('; ');
      return [host, { ok: true, value: { value, ...(lines && { lines }), ...(partial && { partial }) } }];
    }),
  );
}

function speakersOf({ host, keepalived, nodes }: VrrpHost, links: Links): Speaker[] {
  const instances = keepalived.ok ? keepalived.value.value.instances : [];
  return instances.map((instance) => ({ host, instance, segment: segmentOf(instance, host, nodes, links) }));
}

function segmentOf(instance: Instance, host: string, nodes: readonly NetnsNode[], links: Links): Segment {
  // a host that does not run hears nobody, and who has no interface speaks to its peers alone
  if (nodes.length === 0 || instance.interface === '') return null;
  const listed = nodes.map(({ inode, namespace }) => ({ inode, name: namespace }));
  const node = nodes.find(({ namespace, init }) =>
    takesEffectIn(instance.namespace, { name: namespace, init }, listed),
  );
  const where = `${instance.interface} of ${host}`;
  if (!node) return { unknown: `the network namespace of ${where} was not seen` };
  // another host has shown this namespace already
  if (!links.has(node)) return null;
  const unread = node.missing.find(({ what }) => what === 'addresses');
  if (unread) return { unknown: `where ${where} leads is not known: ${unread.reason}` };
  const link = links.get(node)?.get(instance.interface);
  // an instance without its interface speaks to nobody
  if (!link) return null;
  switch (link.kind) {
    case 'unknown':
      return { unknown: `where ${where} leads is not known` };
    case 'silent':
      return null;
    case 'public':
    case 'private':
      return { number: link.segment };
  }
}

/** Returns the hosts on the same segments whose configuration is not known, or not whole. */
function unreadBeside(own: readonly Speaker[], hosts: readonly VrrpHost[], links: Links): string[] {
  const segments = new Set(
    own.flatMap(({ segment }) => (segment && 'number' in segment ? segment.number : [])),
  );
  return hosts.flatMap(({ host, keepalived, nodes }) => {
    const why = keepalived.ok ? keepalived.value.partial : keepalived.reason;
    if (why === undefined || own.some((speaker) => speaker.host === host)) return [];
    const isBeside = nodes.some((node) =>
      [...(links.get(node)?.values() ?? [])].some(
        ({ kind, segment }) => kind !== 'silent' && segments.has(segment),
      ),
    );
    return isBeside ? [`keepalived of ${host} is not known: ${why}`] : [];
  });
}

function besideOthers(speaker: Speaker, speakers: readonly Speaker[]): VrrpFact['instances'][number] {
  const { name, interface: device, virtual_router_id } = speaker.instance;
  const others = speakers.filter((one) => one !== speaker);
  const shown = (some: Speaker[]) => some.map(({ host, instance }) => toOther(host, instance));
  return {
    name,
    interface: device,
    virtual_router_id,
    rivals: shown(others.filter((one) => isRival(speaker, one))),
    strangers: shown(others.filter((one) => isStranger(speaker, one))),
  };
}

const toOther = (host: string, instance: Instance): OtherInstance => ({
  host,
  name: instance.name,
  interface: instance.interface,
  virtual_router_id: instance.virtual_router_id,
  addresses: instance.addresses,
});

/** Tells whether each takes the adverts of the other for its own group's, and they are of two (RFC 5798, 7.1). */
function isRival(one: Speaker, other: Speaker): boolean {
  const [a, b] = [one.instance, other.instance];
  const isHeard = !a.unicast && !b.unicast && a.group === b.group && a.family === b.family;
  if (!isHeard || a.virtual_router_id !== b.virtual_router_id) return false;
  if (one.host === other.host) return a.interface === b.interface && a.namespace === b.namespace;
  return onOneSegment(one, other) && a.addresses.length > 0 && b.addresses.length > 0 && !shareAddress(a, b);
}

function isStranger(one: Speaker, other: Speaker): boolean {
  const [a, b] = [one.instance, other.instance];
  return (
    one.host !== other.host &&
    onOneSegment(one, other) &&
    a.virtual_router_id !== b.virtual_router_id &&
    shareAddress(a, b)
  );
}

const onOneSegment = ({ segment: a }: Speaker, { segment: b }: Speaker): boolean =>
  a !== null && b !== null && 'number' in a && 'number' in b && a.number === b.number;

const shareAddress = (a: Instance, b: Instance): boolean =>
  a.addresses.some((address) => b.addresses.includes(address));
