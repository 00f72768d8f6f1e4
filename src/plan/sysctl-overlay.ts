/** Finds what writing a setting would make of a namespace's settings. */
import { nearest, UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { sysctlKey, sysctlKeyOfPath } from '../network/sysctl/key.ts';
import { readSysctlRow } from '../network/sysctl/listing.ts';
import { type Texts, textIn } from './texts.ts';

const PROBE = 'sysctl.values';

/** Throws where the kernel has no such setting. */
export function writeSetting(texts: Texts, name: string, value: string, source: Source): Texts {
  const text = textIn(texts, PROBE, 'the settings', source);
  const lines = (text ?? '').split('\n');
  const keys = lines.map(keyOf);
  const key = sysctlKey(name);
  if (!keys.includes(key)) {
    throw new UserError(`${texts.name} shows no setting ${key}`, {
      source,
      hint: hintFor(
        texts.name,
        key,
        keys.flatMap((one) => one ?? []),
      ),
    });
  }
  const known = keys.flatMap((one) => one ?? []);
  const isAsItWas = writtenOn(lines[keys.indexOf(key)] ?? '') === value.trim();
  const written = new Set([key, ...alsoWritten(key, known, isAsItWas)]);
  const changed = lines.map((line, i) => {
    const own = keys[i];
    return own != null && written.has(own) ? withValue(line, value) : line;
  });
  return texts.with(PROBE, changed.join('\n'));
}

/** Of a kernel's settings, many are once for all namespaces, and are seen in the host's own alone. */
function hintFor(name: string, key: string, keys: readonly string[]): string {
  const [host, namespace] = name.split('/');
  if (namespace !== undefined) return `the kernel may have it once, for all namespaces: try --at ${host}`;
  const near = nearest(key, keys);
  return near ? `did you mean ${near}?` : 'its kernel may not have it, or a module is not loaded';
}

const ROW = /^((?:\/proc\/sys\/)?[^\s:=]+):(.*)$/;

/** `/proc/sys/net/ipv4/ip_forward:1`, or a line of sysctl -a. */
function keyOf(line: string): string | null {
  const listed = readSysctlRow(line);
  if (listed) return listed.kind === 'value' ? listed.key : null;
  const path = ROW.exec(line)?.[1];
  return path?.includes('/') ? sysctlKeyOfPath(path.startsWith('/proc/sys/') ? path : `net/${path}`) : null;
}

function writtenOn(line: string): string {
  const listed = readSysctlRow(line);
  return (listed?.kind === 'value' ? listed.text : (ROW.exec(line)?.[2] ?? '')).trim();
}

const withValue = (line: string, value: string): string =>
  readSysctlRow(line)
    ? line.replace(/=.*$/, `= ${value}`)
    : line.replace(ROW, (_, path) => `${path}:${value}`);

/**
 * Returns what the kernel writes with it: linux 6.1, net/ipv4/devinet.c (inet_forward_change, devinet_sysctl_forward) sets
 * forwarding of all interfaces where the value is another than it was, net/ipv6/addrconf.c (addrconf_fixup_forwarding) does
 * so for IPv6 in any case.
 */
function alsoWritten(key: string, keys: readonly string[], isAsItWas: boolean): string[] {
  const four = key === 'net.ipv4.ip_forward' || key === 'net.ipv4.conf.all.forwarding';
  if (four)
    return isAsItWas
      ? []
      : keys.filter(
          (one) => one === 'net.ipv4.ip_forward' || /^net\.ipv4\.conf\.[^.]+\.forwarding$/.test(one),
        );
  if (key === 'net.ipv6.conf.all.forwarding')
    return keys.filter((one) => /^net\.ipv6\.conf\.[^.]+\.forwarding$/.test(one));
  return [];
}
