import addresses from '../collectors/addresses.ts';
import sysctl from '../collectors/sysctl.ts';
import { t } from '../define.ts';
import { type Derivation, defineDerivedFact, entry } from '../define-derived.ts';
import type { Answer, Line } from '../model.ts';
import { ipv4SettingKey } from '../network/sysctl/key.ts';
import { onceFor } from '../once-for.ts';
import { emptyTable } from '../word-table.ts';

/** A setting's way from `all` and an interface's own to what is in force there. */
type Join = (all: number, own: number) => number;

/**
 * A setting by interface, as it is in force there: `join` combines the value of `all` with its own.
 *
 * @param most the greatest value: where either has it, the other need not be known
 */
function inForce(key: string, doc: string, join: Join, most: number) {
  return entry({
    type: t.map(t.int(), doc),
    from: { sysctl },
    derive({ sysctl: { value: settings, lines = {}, unreadable = {}, partial } }) {
      const shown: Line[] = [];
      const unknown = emptyTable<string>();
      const setting = (name: string): number | null => {
        const full = ipv4SettingKey(name, key);
        const value = settings[full];
        if (typeof value !== 'number') return null;
        if (value !== 0) shown.push(...[lines[full] ?? []].flat());
        return value;
      };
      const value = emptyTable<number>();
      const names = interfacesIn(settings);
      const all = names.length > 0 ? setting('all') : null;
      for (const name of names) {
        const own = setting(name);
        const inForce = all !== null && own !== null ? join(all, own) : decided(all, own, join, most);
        if (inForce !== null) value[name] = inForce;
        else {
          const full = ipv4SettingKey(own === null ? name : 'all', key);
          unknown[name] = `${full}: ${unreadable[full] ?? partial ?? 'there is no such setting'}`;
        }
      }
      return { value, lines: shown, unreadable: unknown };
    },
  });
}

/** Returns null where what is missing counts: it may be anything up to the greatest. */
function decided(all: number | null, own: number | null, join: Join, most: number): number | null {
  const [least, greatest] = [join(all ?? 0, own ?? 0), join(all ?? most, own ?? most)];
  return least === greatest ? least : null;
}

/** Returns the interfaces with IPv4, each of which has a folder of its own below net/ipv4/conf: each entry asks for them. */
const interfacesIn = onceFor((settings: Record<string, unknown>): readonly string[] => {
  const names = Object.keys(settings).flatMap((key) => /^net\.ipv4\.conf\.([^.]+)\./.exec(key)?.[1] ?? []);
  // a dot of a name is a slash in that of its settings
  return [...new Set(names.map((name) => name.replaceAll('/', '.')))]
    .filter((name) => name !== 'all' && name !== 'default')
    .sort();
});

// include/linux/inetdevice.h: IN_DEV_MAXCONF and, for a switch, IN_DEV_ORCONF: the greater of 0 and 1 is "or"
const greater = Math.max;
// IN_DEV_CONF_GET
const own = (_all: number, value: number) => value;

/** The interfaces with an IPv4 address, as far as addresses were seen: a name that it lacks says nothing. */
const numbered = entry({
  type: t.list(
    t.string(),
    'Those that were seen to have an IPv4 address; others may have one where addresses are not known',
  ),
  from: { addresses },
  deriveOfSome({ addresses }): Answer<Derivation<string[]>> {
    const seen = addresses.ok ? addresses.value.value.list : [];
    const names = seen.filter(({ address }) => !address.includes(':')).map((one) => one.interface);
    return { ok: true, value: { value: [...new Set(names)].sort(), despite: 'all' } };
  },
});

export default defineDerivedFact({
  id: 'interfaces',
  doc: 'The IPv4 settings in force on each interface, by its name: what a rule should read instead of those of `all`.',
  scope: 'netns',
  // the greatest values: Documentation/networking/ip-sysctl.rst
  entries: {
    rp_filter: inForce(
      'rp_filter',
      '0 off, 1 strict, 2 loose: the greater of `all` and the interface',
      greater,
      2,
    ),
    arp_ignore: inForce('arp_ignore', 'The greater of `all` and the interface', greater, 8),
    arp_announce: inForce('arp_announce', 'The greater of `all` and the interface', greater, 2),
    arp_filter: inForce('arp_filter', '1 where `all` or the interface says so', greater, 1),
    route_localnet: inForce('route_localnet', '1 where `all` or the interface says so', greater, 1),
    forwarding: inForce('forwarding', 'Whether packets that come in there are forwarded', own, 1),
    numbered,
  },
});
