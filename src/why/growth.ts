/** Causes that count while one looks: the namespaces on the way where packets are lost between two samples. */
import conntrackCollector from '../collectors/conntrack.ts';
import countersCollector from '../collectors/counters.ts';
import type { NetnsModel } from '../host/host-model.ts';
import type { Line } from '../model.ts';
import { meaningOf, weightOf } from '../network/counter-meanings.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { Cause, Ranked } from './cause.ts';
import type { ModelOf } from './sockets.ts';
import type { Ways } from './ways.ts';

/** Returns the losses that grew, but for those that the evidence of another cause has. */
export function growingLosses({ passed }: Ways, modelOf: ModelOf, known: readonly Cause[]): Ranked[] {
  const told = new Set(
    known.flatMap(({ host, namespace, evidence }) => evidence.map(lineKey(host, namespace))),
  );
  return passed.flatMap((node) => {
    const lines = lossesIn(modelOf(node)).filter(
      ({ line }) => !told.has(lineKey(node.host, node.namespace)(line)),
    );
    return lines.length === 0 ? [] : [{ rank: 'counters' as const, cause: causeOf(node, lines) }];
  });
}

const lineKey =
  (host: string, namespace: string | null) =>
  ({ origin, line, text }: Line) =>
    JSON.stringify([host, namespace, origin, line, text]);

interface Loss {
  counter: string;
  line: Line;
}

function lossesIn(model: NetnsModel | undefined): Loss[] {
  return [countersCollector, conntrackCollector].flatMap((collector) => {
    const read = model?.read(collector as typeof countersCollector);
    if (!read?.ok) return [];
    const { value, lines = {} } = read.value.fact;
    return Object.entries(value.delta).flatMap(([counter, growth]) => {
      const [line] = [lines[counter] ?? []].flat();
      return growth > 0 && weightOf(counter) === 'loss' && line ? [{ counter, line }] : [];
    });
  });
}

function causeOf({ host, namespace, name }: NetnsNode, losses: readonly Loss[]): Cause {
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
