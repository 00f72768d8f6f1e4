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
  const setting = /^([a-z]\w*[./][^\s=]+) ?=(.*)$/.exec(line);
  if (setting) {
    const [, key = '', value = ''] = setting;
    return { kind: 'value', key: sysctlKey(key), text: sysctlValue(value) };
  }
  // sysctl: permission denied on key 'net.core.bpf_jit_harden'   sysctl: reading key "net.ipv6.conf.all.stable_secret"
  const refusal = /^(?:sysctl|error): (permission denied on|error reading|reading) key ['"]([^'"]+)['"]/.exec(
    line,
  );
  if (refusal) {
    const [, what, key = ''] = refusal;
    return { kind: 'refusal', key: sysctlKey(key), text: `sysctl said: ${what} key` };
  }
  return null;
}
