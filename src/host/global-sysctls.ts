import type { Parsed } from '../define.ts';
import type { Answer, Line } from '../model.ts';
import { GLOBAL_SYSCTLS, inheritGlobals, type SysctlsKnown } from '../network/sysctl/scope.ts';

type Sysctls = Answer<Parsed<Record<string, unknown>>>;

/**
 * The settings in force in a namespace: what it shows and, where the kernel has one value for all namespaces, the
 * host's. On old kernels a container does not show those at all, and has them nevertheless.
 *
 * @param host the settings of the host's own namespace
 * @param release of the running kernel, as `uname -r` prints it; empty when not known
 */
export function sysctlsInForce(own: Sysctls, host: Sysctls, release: string): Sysctls {
  if (!own.ok) return own;
  const { values, unreadable, inherited } = inheritGlobals(knownOf(own), knownOf(host), release);
  const lines = { ...own.value.lines };
  for (const key of inherited) {
    const line = host.ok ? host.value.lines?.[key] : undefined;
    if (line !== undefined) lines[key] = ofTheHost(line);
  }
  return { ok: true, value: { ...own.value, value: values, unreadable, lines, inherited } };
}

function knownOf(sysctls: Sysctls): SysctlsKnown {
  if (sysctls.ok)
    return {
      values: sysctls.value.value,
      unreadable: sysctls.value.unreadable ?? {},
    };
  const reason = `the settings of the host are not known: ${sysctls.problem}, ${sysctls.reason}`;
  return { values: {}, unreadable: Object.fromEntries(GLOBAL_SYSCTLS.map(({ key }) => [key, reason])) };
}

function ofTheHost(line: Line | Line[]): Line | Line[] {
  if (Array.isArray(line)) return line.flatMap(ofTheHost);
  return { ...line, text: `${line.text} (the host's: this kernel has one value for all namespaces)` };
}
