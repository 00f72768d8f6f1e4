import sysctl from '../collectors/sysctl.ts';
import { type Derivation, defineDerivedFact, entry, t } from '../define.ts';
import type { Line } from '../model.ts';
import { ipv4SettingKey } from '../network/sysctl/key.ts';

/** A setting by interface, as it is in force there: `join` combines the value of `all` with its own. */
function inForce(key: string, doc: string, join: (all: number, own: number) => number) {
  return entry({
    type: t.map(t.int(), doc),
    from: { sysctl },
    derive({ sysctl: { value: settings, lines = {}, unreadable = {} } }): Derivation<Record<string, number>> {
      const shown: Line[] = [];
      const setting = (name: string): number => {
        const full = ipv4SettingKey(name, key);
        const value = settings[full];
        if (typeof value !== 'number')
          throw new Error(`${full}: ${unreadable[full] ?? 'there is no such setting'}`);
        if (value !== 0) shown.push(...[lines[full] ?? []].flat());
        return value;
      };
      const names = interfacesIn(settings);
      const all = names.length > 0 ? setting('all') : 0;
      return {
        value: Object.fromEntries(names.map((name) => [name, join(all, setting(name))])),
        lines: shown,
      };
    },
  });
}

/** Each interface with IPv4 has a folder of its own below net/ipv4/conf. */
function interfacesIn(settings: Record<string, unknown>): string[] {
  return (
    Object.keys(settings)
      .flatMap((key) => /^net\.ipv4\.conf\.([^.]+)\.rp_filter$/.exec(key)?.[1] ?? [])
      .filter((name) => name !== 'all' && name !== 'default')
      // a dot of a name is a slash in that of its settings
      .map((name) => name.replaceAll('/', '.'))
      .sort()
  );
}

// include/linux/inetdevice.h: IN_DEV_MAXCONF and, for a switch, IN_DEV_ORCONF: the greater of 0 and 1 is "or"
const greater = Math.max;
// IN_DEV_CONF_GET
const own = (_all: number, value: number) => value;

export default defineDerivedFact({
  id: 'interfaces',
  doc: 'The IPv4 settings in force on each interface, by its name: what a rule should read instead of those of `all`.',
  scope: 'netns',
  entries: {
    rp_filter: inForce(
      'rp_filter',
      '0 off, 1 strict, 2 loose: the greater of `all` and the interface',
      greater,
    ),
    arp_ignore: inForce('arp_ignore', 'The greater of `all` and the interface', greater),
    arp_announce: inForce('arp_announce', 'The greater of `all` and the interface', greater),
    arp_filter: inForce('arp_filter', '1 where `all` or the interface says so', greater),
    route_localnet: inForce('route_localnet', '1 where `all` or the interface says so', greater),
    forwarding: inForce('forwarding', 'Whether packets that come in there are forwarded', own),
  },
});
