import type { InterfaceSetting, Settings } from '../../src/network/interface-settings.ts';

const UNTOUCHED = {
  accept_local: 0,
  arp_announce: 0,
  arp_ignore: 0,
  route_localnet: 0,
  rp_filter: 0,
  src_valid_mark: 0,
};

/** The settings of interfaces as a kernel begins with them, but that it forwards (net.ipv4.ip_forward); `given` wins. */
export function settingsOf(devices: readonly string[], given: Record<string, number> = {}): Settings {
  const { 'net.ipv4.ip_forward': forwarding = 1, 'net.ipv6.conf.all.forwarding': forwarding6 = 1 } = given;
  const values = new Map([['net.ipv6.conf.all.forwarding', forwarding6]]);
  for (const device of ['all', ...devices])
    for (const [key, value] of Object.entries({ ...UNTOUCHED, forwarding }))
      values.set(`net.ipv4.conf.${device.replaceAll('.', '/')}.${key}`, value);
  for (const [key, value] of Object.entries(given)) values.set(key, value);
  return new Map(
    [...values].map(([key, value]): [string, InterfaceSetting] => [
      key,
      { key, value, origin: 'sysctl', line: 1 },
    ]),
  );
}
