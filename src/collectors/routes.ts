import { command, defineCollector, t } from '../define.ts';
import { printAddress } from '../network/address-text.ts';
import { toCidrs } from '../network/addresses.ts';
import { parseRoutes, parseRules, type Route, type RoutingRule } from '../network/routes.ts';
import { seenOf } from '../network/unseen.ts';

// a kernel without IPv6, or without policy routing, answers with an error: then there are none
const quietly = (ask: string, missing: string) => `tool ip\nneed ${missing} "not in this kernel"\n${ask}`;
const IPV6 = '"$PROC_NET/if_inet6"';

const probes = {
  routes: command('ip -4 route show table all', 'tool ip\nrun ip -4 route show table all'),
  routes6: command('ip -6 route show table all', quietly('run ip -6 route show table all', IPV6), {
    optional: true,
  }),
  rules: command('ip -4 rule', 'tool ip\nrun ip -4 rule'),
  rules6: command('ip -6 rule', quietly('run ip -6 rule', IPV6), { optional: true }),
};

export default defineCollector({
  id: 'routes',
  doc: 'The routes of a namespace, of all tables, and the rules that choose among the tables.',
  scope: 'netns',
  samples: 1,
  probes,
  type: t.object({
    list: t.list(
      t.object({
        table: t.string(),
        type: t.string('`unicast`, `local`, `blackhole`, ...'),
        destination: t.string('`0.0.0.0/0` and `::/0` are the default'),
        via: t.string("'' where the destination is on the link; the first of several"),
        device: t.string(),
        source: t.string("'' where none is preferred"),
        metric: t.int(),
      }),
    ),
    rules: t.list(t.object({ priority: t.int(), text: t.string() })),
  }),
  parse(answers) {
    const { texts, unseen } = seenOf(answers);
    const read = (name: 'routes' | 'routes6', family: 4 | 6) =>
      texts[name] === undefined ? [] : parseRoutes(texts[name], family, probes[name].origin);
    const readRules = (name: 'rules' | 'rules6', family: 4 | 6) =>
      texts[name] === undefined ? [] : parseRules(texts[name], family, probes[name].origin);
    const routes = [...read('routes', 4), ...read('routes6', 6)];
    const rules = [...readRules('rules', 4), ...readRules('rules6', 6)];
    const origin = ({ family }: Route) => probes[family === 4 ? 'routes' : 'routes6'].origin;
    return {
      value: {
        list: routes.map(shown),
        rules: rules.map(({ priority, text }: RoutingRule) => ({ priority, text })),
      },
      lines: { list: routes.map((route) => ({ origin: origin(route), line: route.line, text: route.text })) },
      ...(unseen.length > 0 ? { partial: unseen.join('; ') } : {}),
    };
  },
});

function shown({ table, type, destination, hops, source, metric, bits }: Route) {
  const [hop] = hops;
  const [cidr = ''] = toCidrs(destination);
  return {
    table,
    type,
    destination: cidr.includes('/') ? cidr : `${cidr}/${bits}`,
    via: hop?.via ? printAddress(hop.via) : '',
    device: hop?.device ?? '',
    source: source ? printAddress(source) : '',
    metric,
  };
}
