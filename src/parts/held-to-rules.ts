/**
 * Holds what a part says was found to the rules that it was found by: who sends parts can say that a host has a defect,
 * as the host can, but not what would fix it, nor how bad it is.
 */
import { UserError } from '../errors.ts';
import { fingerprintOf } from '../evaluate/fingerprint.ts';
import { isOfOneHost } from '../evaluate/inquiry.ts';
import { mayBeFixOf } from '../evaluate/remedies/possible-fix.ts';
import type { LoadedRule } from '../evaluate/rules/rules.ts';
import type { Finding } from '../model.ts';
import type { HostPart } from './host-part.ts';

/** @param rules by their ids */
export function checkFindings(part: HostPart, rules: ReadonlyMap<string, LoadedRule>, where: string): void {
  for (const finding of part.findings) {
    const fault = faultOf(finding, rules.get(finding.rule));
    if (fault !== null)
      throw new UserError(`${where}: host ${part.host.name}: its finding of ${finding.rule} ${fault}`, {
        hint: 'no audit by these rules finds that: audit its hosts again',
      });
  }
}

function faultOf(finding: Finding, rule: LoadedRule | undefined): string | null {
  if (rule === undefined || !isOfOneHost(rule)) return 'is of no rule that is tried on one host';
  const { host, namespace, severity, verdict, fix, fingerprint } = finding;
  if ((rule.scope === 'host') !== (namespace === null)) return 'is of another scope';
  if (severity !== rule.severity && !(severity === 'note' && rule.noteWhen !== null))
    return `is no ${severity}`;
  if (fingerprint !== fingerprintOf(rule.id, host, namespace)) return 'has the fingerprint of another';
  if (fix !== undefined && (verdict !== 'fail' || !mayBeFixOf(rule, fix)))
    return 'has a fix that is not of its rule';
  return null;
}
