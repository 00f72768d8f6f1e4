import { inspect } from 'node:util';
import type { Take } from '../../collect/fleet.ts';
import type { Evaluation, HalfResult } from '../../evaluate/report.ts';
import type { FleetRun, Target } from '../../model.ts';
import { encodeHostPart } from '../../parts/host-part.ts';
import { type Batch, type HostOutcome, LARGEST_QUEUED_PART } from '../../queue/messages.ts';

/** What came of a host, or why nothing did. */
type Half = { ok: true; half: HalfResult } | { ok: false; reason: string };

/** Returns what asks the hosts of a batch, and tries the rules on each. */
export function batchAuditor(
  targets: readonly Target[],
  evaluation: Pick<Evaluation, 'half'>,
  collectorWith: (take: Take<Half>) => (targets: readonly Target[]) => Promise<FleetRun<Half>>,
): (batch: Batch) => Promise<HostOutcome[]> {
  const byName = new Map(targets.map((target) => [target.host.name, target]));
  const collect = collectorWith((host, span) => {
    try {
      return { ok: true, half: evaluation.half(host, span) };
    } catch (error) {
      // one host must not cost the others of its batch
      return {
        ok: false,
        reason: `this is an internal error of twlint; please report it: ${inspect(error)}`,
      };
    }
  });
  return async ({ hosts }) => {
    const asked = hosts.flatMap(({ name }) => byName.get(name) ?? []);
    if (asked.length < hosts.length) throw new Error('its hosts are not those of this inventory');
    const { hosts: halves } = await collect(asked);
    return halves.map((one, i) => (one.ok ? outcomeOf(one.half, hosts[i]?.position ?? i) : one));
  };
}

function outcomeOf(half: HalfResult, position: number): HostOutcome {
  const part = encodeHostPart({ ...half, position });
  if (part.length <= LARGEST_QUEUED_PART) return { ok: true, part };
  const reason = `what it says is more than the ${LARGEST_QUEUED_PART / 2 ** 20} MiB of a host that go by the queue`;
  return { ok: false, reason };
}
