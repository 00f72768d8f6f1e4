/** Causes that count while one looks: the namespaces on the way where packets are lost between two samples. */
import countersCollector from '../collectors/counters.ts';
import type { NetnsModel } from '../host/host-model.ts';
import type { Line } from '../model.ts';
import { meaningOf, weightOf } from '../network/counter-meanings.ts';
import { TCP, UDP } from '../network/fields.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { LikelyCause, Ranked } from './cause.ts';
import type { ModelOf } from './sockets.ts';
import type { Ways } from './ways.ts';

/** Returns the losses that grew where no other cause is known by what is counted there. */
export function growingLosses(ways: Ways, modelOf: ModelOf, known: readonly LikelyCause[]): Ranked[] {
  return ways.passed
    .filter((node) => !known.some((cause) => isOn(node, cause) && cause.evidence.some(isCounted)))
    .flatMap((node) => {
      const losses = lossesIn(modelOf(node)).filter(({ counter }) => matters(counter, node, ways));
      return losses.length === 0 ? [] : [{ rank: 'counters' as const, cause: causeOf(node, losses) }];
    });
}

const isOn = ({ host, namespace }: NetnsNode, cause: LikelyCause): boolean =>
  cause.host === host && cause.namespace === namespace;

const isCounted = ({ origin }: Line): boolean => /^\/proc\/net\/(netstat|snmp|stat\/)/.test(origin);

/** Each protocol has counters of its own, and most of what sockets count is of those that listen. */
function matters(counter: string, node: NetnsNode, { there, sender, question }: Ways): boolean {
  const [, group = ''] = /^(\w+)\./.exec(counter) ?? [];
  if (group.startsWith('Ip') || group.startsWith('Icmp')) return true;
  if (question.protocol !== (group.startsWith('Udp') ? UDP : TCP)) return false;
  return OF_CLIENTS.has(counter) ? node === sender : there.some(({ hops }) => hops.at(-1)?.node === node);
}

/** Losses of who opens connections; network/counter-meanings says where the kernel counts them. */
const OF_CLIENTS: ReadonlySet<string> = new Set(['PAWSActive', 'TCPAbortOnTimeout']);

interface Loss {
  counter: string;
  line: Line;
}

function lossesIn(model: NetnsModel | undefined): Loss[] {
  const read = model?.read(countersCollector);
  if (!read?.ok) return [];
  const { value, lines = {} } = read.value.fact;
  return Object.entries(value.delta).flatMap(([counter, growth]) => {
    const [line] = [lines[counter] ?? []].flat();
    return growth > 0 && weightOf(counter) === 'loss' && line ? [{ counter, line }] : [];
  });
}

function causeOf({ host, namespace, name }: NetnsNode, losses: readonly Loss[]): LikelyCause {
  const meanings = losses.map(({ counter }) => `${counter}: ${meaningOf(counter)?.meaning ?? 'not known'}`);
  return {
    certainty: 'possible',
    title: 'Packets or connections are being lost, these or others',
    host,
    namespace,
    message: `Between the two samples ${name} counted losses. ${meanings.join('. ')}`,
    evidence: losses.map(({ line }) => line),
    remedy: {
      text: 'See whether they grow by one with each of your attempts: twlint watch shows them each second',
      commands: [],
    },
    rule: null,
  };
}
