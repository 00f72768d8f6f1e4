/** Reads what `sysctl -a` prints (procps 3 and 4, busybox): a line for each setting of the whole host. */
import { sysctlKey, sysctlValue } from './key.ts';

/** `value`: what a setting is. `refusal`: why it was not told. */
export interface SysctlRow {
  kind: 'value' | 'refusal';
  key: string;
  text: string;
}

/** Null for what is no such line. */
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
