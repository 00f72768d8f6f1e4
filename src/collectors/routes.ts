import { command, defineCollector, t } from '../define.ts';
import { printAddress } from '../network/address-text.ts';
import { toCidrs } from '../network/addresses.ts';
import { parseRoutes, type Route } from '../network/routes.ts';
import { parseRules } from '../network/routing-rules.ts';
import { seenOf, whyUnseen } from '../network/unseen.ts';

// a kernel without IPv6, or without policy routing, answers with an error: then there are none
const quietly = {
  optional: true,
  needed: { path: '"$PROC_NET/if_inet6"', reason: 'not in this kernel' },
} as const;

const ROUTES = 'route show table all';

/** Characters: 50,000 routes, each of which is an interval of addresses and a way on. */
const most = 4 * 2 ** 20;

const probes = {
  routes: {
    ...command('ip -4 route show table all', 'tool ip\nip -4 route show table all', {
      ip: { kind: 'routes', family: 'any', command: `${ROUTES} root 0.0.0.0/0` },
    }),
    most,
  },
  routes6: {
    ...command('ip -6 route show table all', 'tool ip\nip -6 route show table all', {
      ...quietly,
      ip: { kind: 'routes', family: '-6', command: ROUTES },
    }),
    most,
  },
  rules: command('ip -4 rule', 'tool ip\nip -4 rule', {
    optional: true,
    ip: { kind: 'rules', family: 'any', command: 'rule' },
  }),
  rules6: command('ip -6 rule', 'tool ip\nip -6 rule', {
    ...quietly,
    ip: { kind: 'rules', family: '-6', command: 'rule' },
  }),
};

const FAMILIES = { routes: 4, rules: 4, routes6: 6, rules6: 6 } as const;

export default defineCollector({
  id: 'routes',
  doc: 'The routes of a namespace, of all tables, and the rules that choose among the tables.',
  scope: 'netns',
  samples: 1,
  takesUnseen: true,
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
  model(answers, _before, origins) {
    const { texts, unseen } = seenOf(withoutPolicyRouting(answers));
    if (answers.rules === undefined)
      unseen.push({ name: 'rules', reason: `${origins.rules} gave no answer` });
    for (const name of ['rules', 'rules6'] as const)
      if (texts[name]?.trim() === '')
        unseen.push({
          name,
          reason: `${origins[name]} printed nothing, and each namespace begins with rules`,
        });
    const { routes = '', routes6 = '', rules = '', rules6 = '' } = texts;
    return {
      routes: [...parseRoutes(routes, 4, origins.routes), ...parseRoutes(routes6, 6, origins.routes6)],
      rules: [...parseRules(rules, 4, origins.rules), ...parseRules(rules6, 6, origins.rules6)],
      unseen: unseen.map(({ name, reason }) => ({ reason, family: FAMILIES[name] })),
      origins,
    };
  },
  fact({ routes, rules, unseen, origins }) {
    const origin = ({ family }: Route) => (family === 4 ? origins.routes : origins.routes6);
    return {
      value: {
        list: routes.map(shown),
        rules: rules.map(({ priority, text }) => ({ priority, text })),
      },
      lines: { list: routes.map((route) => ({ origin: origin(route), line: route.line, text: route.text })) },
      ...(unseen.length > 0 ? { partial: unseen.map(({ reason }) => reason).join('; ') } : {}),
    };
  },
});

/**
 * A kernel without policy routing of a family refuses to list its rules, and looks into the default tables
 * (net/core/fib_rules.c, fib_nl_dumprule: EAFNOSUPPORT; EOPNOTSUPP where no family has any).
 */
const NO_RULES = /Address family not supported|Operation not supported/i;

function withoutPolicyRouting<T extends Record<string, string | undefined>>(texts: T): T {
  const isRefusal = (text: string | undefined) => NO_RULES.test(whyUnseen(text) ?? '');
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, isRefusal(text) ? undefined : text]),
  ) as T;
}

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
