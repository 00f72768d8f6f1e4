/** Reads the output of `sysctl -a` (procps 3 and 4, busybox): a line for each setting of the whole host. */
import { sysctlKey, sysctlValue } from './key.ts';

/** A row of the listing; `value`: the setting's value. `refusal`: why it was not reported. */
export interface SysctlRow {
  kind: 'value' | 'refusal';
  key: string;
  text: string;
}

/** Returns null for a text that is no such line. */
export function readSysctlRow(line: string): SysctlRow | null {
  // net.ipv4.tcp_rmem = 4096	131072	6291456
  const setting = /^([a-z]\w*[./]\S+) =(.*)$/.exec(line);
  if (setting) return { kind: 'value', key: sysctlKey(setting[1]!), text: sysctlValue(setting[2]!) };
  // sysctl: permission denied on key 'net.core.bpf_jit_harden'   sysctl: reading key "net.ipv6.conf.all.stable_secret"
  const refusal = /^(?:sysctl|error): (permission denied on|error reading|reading) key ['"]([^'"]+)['"]/.exec(
    line,
  );
  if (refusal)
    return { kind: 'refusal', key: sysctlKey(refusal[2]!), text: `sysctl said: ${refusal[1]} key` };
  return null;
}
