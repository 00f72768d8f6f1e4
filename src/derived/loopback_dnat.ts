import addresses from '../collectors/addresses.ts';
import nat from '../collectors/nat.ts';
import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import { parseAddress } from '../network/address-text.ts';
import { containsText, intersects, namedAddresses } from '../network/addresses.ts';
import { ipv4SettingKey } from '../network/sysctl/key.ts';

interface Owned {
  interface: string;
  address: string;
  prefix: number;
  scope: string;
}

interface NatRule {
  hooks: string[];
  destinations: string[];
  in: string[];
  text: string;
  translations: { side: string; to: string[] }[];
}

const LOOPBACK = namedAddresses(['127.0.0.0/8']);
const DROPPED = t.object({ interface: t.string('Where packets come in'), rule: t.string('As printed') });

export default defineDerivedFact({
  id: 'loopback_dnat',
  doc: 'Packets from the network that a rule sends to 127.0.0.0/8, where nothing from a network may go.',
  scope: 'netns',
  entries: {
    dropped: entry({
      type: t.list(DROPPED, 'The interfaces without route_localnet on which such packets come in'),
      from: { nat, addresses, sysctl },
      derive({ nat, addresses, sysctl }): Derivation<{ interface: string; rule: string }[]> {
        const rules = nat.value.destination.filter(sendsToLoopback);
        const value = rules.flatMap((rule) =>
          inputsOf(rule, addresses.value.list)
            .filter((name) => !routesLocalnet(name, sysctl))
            .map((name) => ({ interface: name, rule: rule.text })),
        );
        const lines = [nat.lines?.destination ?? []]
          .flat()
          .filter(({ text }) => rules.some((rule) => text.endsWith(rule.text)));
        const partial = nat.within?.destination?.partial;
        return { value, lines, ...(partial !== undefined && { partial }) };
      },
    }),
  },
});

const sendsToLoopback = ({ hooks, translations }: NatRule) =>
  hooks.includes('prerouting') &&
  translations.some(({ side, to }) => side === 'destination' && intersects(namedAddresses(to), LOOPBACK));

/** net/ipv4/route.c (v6.1), ip_route_input_slow: IN_DEV_NET_ROUTE_LOCALNET, which is true where `all` or the interface is. */
function routesLocalnet(
  name: string,
  { value, unreadable = {} }: { value: Record<string, unknown>; unreadable?: Record<string, string> },
): boolean {
  const keys = ['all', name].map((one) => ipv4SettingKey(one, 'route_localnet'));
  if (keys.some((key) => typeof value[key] === 'number' && value[key] !== 0)) return true;
  const missing = keys.find((key) => typeof value[key] !== 'number');
  if (missing !== undefined)
    throw new Error(`${missing}: ${unreadable[missing] ?? 'there is no such setting'}`);
  return false;
}

/** Returns the interfaces by which packets for a rule come in: where it asks for addresses, those that have them. */
function inputsOf({ in: patterns, destinations }: NatRule, owned: readonly Owned[]): string[] {
  const connected = owned.filter(
    ({ address, prefix, scope, interface: name }) =>
      scope === 'global' && prefix < 32 && parseAddress(address)?.family === 4 && takes(patterns, name),
  );
  const wanted = namedAddresses(destinations);
  const owners = connected.filter(({ address }) => containsText(wanted, address));
  return [...new Set((owners.length > 0 ? owners : connected).map(({ interface: name }) => name))];
}

function takes(patterns: readonly string[], name: string): boolean {
  return patterns.every((pattern) => {
    const wanted = pattern.replace(/^! /, '');
    const matches = wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
    return matches !== pattern.startsWith('! ');
  });
}
