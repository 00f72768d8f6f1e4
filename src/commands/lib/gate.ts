/** Holds a report against what people accepted, and against an earlier report. */
import { resolve } from 'node:path';
import { withBaseline } from '../../compare/baseline.ts';
import { readReport } from '../../compare/earlier-report.ts';
import type { Config } from '../../config/config.ts';
import { dayOf } from '../../config/waiver-reader.ts';
import { type LeftAside, type ResolvedWaiver, withWaivers } from '../../config/waivers.ts';
import { UserError } from '../../errors.ts';
import { printable } from '../../formats/printable.ts';
import { hostsNamedBy } from '../../inventory/limit/limit.ts';
import type { Host, Report, Waiver } from '../../model.ts';
import type { STALE_WAIVERS } from './options.ts';
import { groupsOf } from './sources.ts';
import type { World } from './world.ts';

export interface GateArgs {
  baseline?: string | undefined;
  'stale-waivers'?: (typeof STALE_WAIVERS)[number] | undefined;
}

/** The gate of a run: the earlier report is read before any host is asked. */
export interface Gate {
  /** Marks findings that are accepted or known, and reports waivers that match nothing. */
  apply(report: Report, hosts: readonly { host: Host }[]): Report;
  /** The meaning of a waiver that matches nothing. */
  staleWaivers: (typeof STALE_WAIVERS)[number];
}

/** Returns the gate of a run; `leftOut`: whether hosts were, and the ids of the rules that were. */
export function gateFor(args: GateArgs, leftOut: LeftAside, config: Config, world: World): Gate {
  const { baseline } = args;
  const earlier =
    baseline === undefined
      ? null
      : readReport(resolve(world.cwd, baseline), `--baseline ${baseline}`).earlier;
  const staleWaivers = args['stale-waivers'] ?? (isSet(world.env.CI) ? 'error' : 'warn');
  return {
    staleWaivers,
    apply(report, hosts) {
      const resolved = resolvedWaivers(
        config.waivers,
        hosts.map(({ host }) => host),
      );
      const today = dayOf(new Date());
      const waived = withWaivers(report, resolved, { today, leftOut });
      for (const { waiver, state } of waived.waivers ?? [])
        if (state === 'stale') world.err.write(`twlint: ${printable(staleMessage(waiver))}\n`);
      return earlier === null || baseline === undefined ? waived : withBaseline(waived, earlier, baseline);
    },
  };
}

const isSet = (variable: string | undefined): boolean =>
  variable !== undefined && !['', '0', 'false'].includes(variable);

function resolvedWaivers(waivers: readonly Waiver[], hosts: readonly Host[]): ResolvedWaiver[] {
  const groups = groupsOf(hosts);
  return waivers.map((waiver) => {
    const named = hostsOfWaiver(waiver, hosts, groups);
    return { waiver, hosts: named.length === 0 ? null : new Set(named.map(({ name }) => name)) };
  });
}

function hostsOfWaiver(waiver: Waiver, hosts: readonly Host[], groups: ReturnType<typeof groupsOf>): Host[] {
  try {
    return hostsNamedBy(waiver.hosts, hosts, groups);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`hosts of a waiver: ${error.message}`, {
      source: waiver.source,
      hint: error.hint,
      cause: error,
    });
  }
}

function staleMessage({ rule, hosts, owner, source }: Waiver): string {
  const place = `${source.file}:${source.line}`;
  return `${place}: the waiver of ${rule} on ${hosts} matches nothing: remove it, or ask ${owner}`;
}
