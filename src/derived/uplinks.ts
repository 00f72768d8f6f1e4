import routes from '../collectors/routes.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import { ALL4, covers, namedAddresses } from '../network/addresses.ts';

interface Route {
  table: string;
  type: string;
  destination: string;
  device: string;
  metric: number;
}

const isDefault = ({ type, destination, device }: Route) =>
  destination === '0.0.0.0/0' && type === 'unicast' && device !== '';

/** Routes as wide as those that VPNs put before a default route: `0.0.0.0/1` and `128.0.0.0/1`. */
const isWide = ({ type, destination }: Route) => type === 'unicast' && /^[\d.]+\/[1-8]$/.test(destination);

/** Tells whether routes by other interfaces lead everywhere, so that a default route by this one is never taken. */
function isOverruled({ device }: Route, main: readonly Route[]): boolean {
  const others = main.filter((route) => isWide(route) && route.device !== device);
  return covers(namedAddresses(others.map(({ destination }) => destination)), ALL4);
}

export default defineDerivedFact({
  id: 'uplinks',
  doc: 'The interfaces by which a namespace reaches everybody, with IPv4.',
  scope: 'netns',
  entries: {
    unused: entry({
      type: t.list(
        t.string(),
        'Those that have a default route, and others better routes: answers to who comes in there leave elsewhere',
      ),
      from: { routes },
      derive({ routes: { value, lines } }): Derivation<string[]> {
        const defaults = value.list.filter(isDefault);
        const routes = value.list.filter(({ table }) => table === 'main');
        const main = routes.filter(isDefault);
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
        const unused = main.filter(
          (route) => (!used.has(route.device) || isOverruled(route, routes)) && !isRuled(route),
        );
        return {
          value: [...new Set(unused.map(({ device }) => device))].sort(),
          lines: [lines?.list ?? []].flat().filter(({ text }) => /^(default|[\d.]+\/[1-8]) /.test(text)),
        };
      },
    }),
  },
});
