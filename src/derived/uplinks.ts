import routes from '../collectors/routes.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';

interface Route {
  table: string;
  type: string;
  destination: string;
  device: string;
  metric: number;
}

const isDefault = ({ type, destination, device }: Route) =>
  destination === '0.0.0.0/0' && type === 'unicast' && device !== '';

export default defineDerivedFact({
  id: 'uplinks',
  doc: 'The interfaces by which a namespace reaches everybody, with IPv4.',
  scope: 'netns',
  entries: {
    unused: entry({
      type: t.list(
        t.string(),
        'Those that have a default route, and another one a better: answers to who comes in there leave elsewhere',
      ),
      from: { routes },
      derive({ routes: { value, lines } }): Derivation<string[]> {
        const defaults = value.list.filter(isDefault);
        const main = defaults.filter(({ table }) => table === 'main');
        const best = Math.min(...main.map(({ metric }) => metric));
        const used = new Set(main.filter(({ metric }) => metric === best).map(({ device }) => device));
        // net/ipv4/fib_frontend.c, __fib_validate_source: rules by source address are heeded
        const isRuled = ({ device }: Route) =>
          defaults.some(
            (route) =>
              route.device === device &&
              value.rules.some(
                ({ text }) => /\bfrom (?!all\b)/.test(text) && text.endsWith(`lookup ${route.table}`),
              ),
          );
        const unused = main.filter((route) => !used.has(route.device) && !isRuled(route));
        return {
          value: [...new Set(unused.map(({ device }) => device))].sort(),
          lines: [lines?.list ?? []].flat().filter(({ text }) => /^default /.test(text)),
        };
      },
    }),
  },
});
