import addresses from '../collectors/addresses.ts';
import keepalived from '../collectors/keepalived.ts';
import nat from '../collectors/nat.ts';
import routes from '../collectors/routes.ts';
import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import type { Line } from '../model.ts';
import { parseAddress } from '../network/address-text.ts';
import { contains, parseAddresses } from '../network/addresses.ts';
import { ipv4SettingKey } from '../network/sysctl/key.ts';

interface Owned {
  interface: string;
  address: string;
  prefix: number;
  scope: string;
  arp: boolean;
}

interface Route {
  type: string;
  destination: string;
  device: string;
}

interface SourceRule {
  hooks: string[];
  out: string[];
  text: string;
  translations: { side: string; kind: string; to: string[] }[];
}

interface Addressless {
  interface: string;
  rule: string;
  taken: string;
}

interface Unowned {
  interface: string;
  rule: string;
  address: string;
}

export default defineDerivedFact({
  id: 'new_sources',
  doc: 'Source addresses that rules give to packets, and that answers do not come back to, with IPv4.',
  scope: 'netns',
  entries: {
    addressless: entry({
      type: t.list(
        t.object({
          interface: t.string(),
          rule: t.string('As printed'),
          taken: t.string(
            "The address of another interface that the kernel takes; '' where there is none to take",
          ),
        }),
        'Interfaces with routes, and without an address of their own, that rules masquerade packets out of',
      ),
      from: { nat, addresses, routes },
      derive({ nat, addresses, routes }): Derivation<Addressless[]> {
        needWhole({ addresses });
        const global = addresses.value.list.filter(isGlobal4);
        // an address on lo is there to be taken for all of them: interfaces without numbers of their own are meant so
        if (global.some(({ interface: name }) => name === 'lo')) return { value: [] };
        const routed = new Set(routes.value.list.filter(isUnicast4).map(({ device }) => device));
        const rules = nat.value.source.filter((rule) => translates(rule, 'masquerade'));
        const value = rules.flatMap((rule) =>
          rule.out
            .filter((name) => routed.has(name) && !global.some((own) => own.interface === name))
            .map((name) => ({ interface: name, rule: rule.text, taken: global[0]?.address ?? '' })),
        );
        return { value, lines: linesOf(nat.lines?.source, value) };
      },
    }),
    unowned: entry({
      type: t.list(
        t.object({
          interface: t.string('Whose network the address lies in'),
          rule: t.string('As printed'),
          address: t.string(),
        }),
        'Addresses on a link that rules give to packets, and that nobody here has: neighbours ask for them in vain',
      ),
      from: { nat, addresses, routes, sysctl, keepalived },
      derive({ nat, addresses, routes, sysctl, keepalived }): Derivation<Unowned[]> {
        needWhole({ addresses, routes, keepalived });
        const floating = keepalived.value.instances.flatMap((instance) => instance.addresses);
        const own = [...addresses.value.list.map(({ address }) => address), ...floating];
        const links = addresses.value.list.filter((one) => isGlobal4(one) && one.arp && one.prefix < 32);
        const rules = nat.value.source.filter((rule) => translates(rule, 'snat'));
        const value = rules.flatMap((rule) =>
          singleAddresses(rule)
            .filter(
              (address) =>
                !own.includes(address) && !routes.value.list.some((one) => leadsHere(one, address)),
            )
            .flatMap((address) =>
              links
                .filter(
                  (link) =>
                    isOn(link, address) &&
                    leaves(rule, link) &&
                    !isElsewhere(routes.value.list, link, address),
                )
                .filter(({ interface: name }) => !isProxied(name, sysctl))
                .map(({ interface: name }) => ({ interface: name, rule: rule.text, address })),
            ),
        );
        return { value, lines: linesOf(nat.lines?.source, value) };
      },
    }),
  },
});

/** Throws where there may be more of a fact: an address that was not seen may be the one that is missed. */
function needWhole(facts: Record<string, { partial?: string }>): void {
  for (const [name, { partial }] of Object.entries(facts))
    if (partial !== undefined) throw new Error(`the rest of ${name} may hold what is missed`);
}

const is4 = (text: string) => parseAddress(text)?.family === 4;
const isGlobal4 = ({ scope, address }: Owned) => scope === 'global' && is4(address);
const isUnicast4 = ({ type, destination }: Route) =>
  type === 'unicast' && (parseAddresses(destination)?.v4.length ?? 0) > 0;

const translates = ({ hooks, translations }: SourceRule, kind: string) =>
  hooks.includes('postrouting') && translations.some((one) => one.side === 'source' && one.kind === kind);

const singleAddresses = ({ translations }: SourceRule) =>
  translations.flatMap(({ kind, to }) => (kind === 'snat' ? to.filter(is4) : []));

/** The kernel answers ARP for addresses that it delivers to itself, whatever interface has them. */
const leadsHere = ({ type, destination }: Route, address: string) =>
  type === 'local' && isWithin(destination, address);

const isOn = ({ address: own, prefix }: Owned, address: string) => isWithin(`${own}/${prefix}`, address);

const leaves = ({ out }: SourceRule, { interface: name }: Owned) => out.length === 0 || out.includes(name);

/** Tells whether another route than that of the link's own network leads to an address. */
const isElsewhere = (list: readonly Route[], { interface: name, prefix }: Owned, address: string) =>
  list.some(
    ({ type, destination, device }) =>
      type === 'unicast' &&
      device !== name &&
      bitsOf(destination) >= prefix &&
      isWithin(destination, address),
  );

const bitsOf = (destination: string) => Number(destination.split('/')[1] ?? 32);

function isWithin(network: string, text: string): boolean {
  const set = parseAddresses(network);
  const address = parseAddress(text);
  return set !== null && address !== null && contains(set, address);
}

function isProxied(
  name: string,
  { value, unreadable = {} }: { value: Record<string, unknown>; unreadable?: Record<string, string> },
): boolean {
  const keys = ['all', name].map((one) => ipv4SettingKey(one, 'proxy_arp'));
  if (keys.some((key) => typeof value[key] === 'number' && value[key] !== 0)) return true;
  const missing = keys.find((key) => typeof value[key] !== 'number');
  if (missing !== undefined)
    throw new Error(`${missing}: ${unreadable[missing] ?? 'there is no such setting'}`);
  return false;
}

function linesOf(lines: Line | Line[] | undefined, found: readonly { rule: string }[]): Line[] {
  return [lines ?? []].flat().filter(({ text }) => found.some(({ rule }) => text.endsWith(rule)));
}
