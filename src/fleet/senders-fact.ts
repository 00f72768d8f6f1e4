/** The fact `senders`: what the clients of a path counted, which their server does not see. */
import type countersCollector from '../collectors/counters.ts';
import { type Parsed, type Type, t } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import type { PathClient, PathFact } from './path-fact.ts';

export const sendersType = t.object(
  {
    sampled: t.bool('Whether there were two samples of any of them'),
    syn_retrans: t.int('SYNs that they sent again between the samples (`TCPSynRetrans`), together'),
    resending: t.list(t.string(), 'Names of those that sent any again'),
    counted: t.list(t.string(), 'Names of those whose counters are known'),
  },
  'What the clients of a path counted: those that get their ports of rules, where there are any, else all.',
);

type SendersFact = typeof sendersType extends Type<infer T> ? T : never;
type Counters = Parsed<ReturnType<typeof countersCollector.fact>['value']>;

/** Returns the counters of a namespace; undefined where nobody asked for them. */
export type CountersOf = (at: { host: string; namespace: string }) => Answer<Counters> | undefined;

const RESENT = 'TCPSynRetrans';

/** The counters that it reads. */
export const READ_OF_SENDERS = { fact: 'counters', keys: ['delta', RESENT], whole: false };

export function sendersFact(path: PathFact, countersOf: CountersOf): Parsed<SendersFact> {
  const anyPooled = path.clients.some(({ pooled }) => pooled);
  const clients = path.clients.filter(({ pooled }) => pooled || !anyPooled);
  const places = new Map(clients.map((client) => [JSON.stringify([client.host, client.namespace]), client]));
  const asked = [...places.values()].map((client) => ({ client, ...resentBy(client, countersOf) }));
  const counted = asked.filter(({ growth }) => growth !== null);
  const uncounted = asked.flatMap(({ client, growth }) => (growth === null ? [client.name] : []));
  const more = path.clients_total > path.clients.length ? ['further clients'] : [];
  const reason = [...uncounted, ...more].slice(0, 3).join(', ');
  const unknown = `what ${reason} sent again is not known`;
  return {
    value: {
      sampled: counted.length > 0,
      syn_retrans: counted.reduce((total, { growth }) => total + (growth ?? 0), 0),
      resending: counted.flatMap(({ client, growth }) => ((growth ?? 0) > 0 ? [client.name] : [])),
      counted: counted.map(({ client }) => client.name),
    },
    lines: { syn_retrans: counted.flatMap(({ line, growth }) => ((growth ?? 0) > 0 ? line : [])) },
    ...(reason !== '' && {
      atLeast: { syn_retrans: unknown },
      within: { resending: { partial: unknown }, counted: { partial: unknown } },
    }),
  };
}

function resentBy(
  { host, namespace }: PathClient,
  countersOf: CountersOf,
): { growth: number | null; line: Line[] } {
  const answer = host === '' ? undefined : countersOf({ host, namespace });
  const growth = answer?.ok && answer.value.value.sampled ? answer.value.value.delta[RESENT] : undefined;
  if (!answer?.ok || growth === undefined) return { growth: null, line: [] };
  const lines = [answer.value.lines?.[RESENT] ?? []].flat();
  return {
    growth,
    line: lines.map((line) => ({ ...line, host, namespace, origin: `${host}/${namespace} ${line.origin}` })),
  };
}
