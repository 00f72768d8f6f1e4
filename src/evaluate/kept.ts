import type { Collector } from '../define.ts';
import { keptPart } from '../host/parsed-size.ts';
import type { Evidence, HostEvidence } from '../model.ts';
import type { Inquiry } from './inquiry.ts';

/**
 * Returns a host with those of its answers that are read beside other hosts': what else it said is not needed once its
 * own rules were tried. `partOfKept` makes of it what `evaluateHost` makes of all of them.
 */
export function keptOf(
  host: HostEvidence,
  { keep }: Pick<Inquiry, 'keep'>,
  collectors: ReadonlyMap<string, Collector>,
): HostEvidence {
  if (keep.size === 0) return { ...host, evidence: [] };
  // an image's settings are those that its files make
  const facts = host.medium?.kind === 'image' ? new Set([...keep, 'sysctl_boot']) : keep;
  const { evidence } = host;
  const kept = evidence.filter(({ probe }) => facts.has(factOf(probe)));
  const told = new Set(kept.map(placeOf));
  // that a namespace was asked, or asked twice, is seen by there being an answer
  const signs = evidence.filter((one) => !told.has(placeOf(one)) && told.add(placeOf(one)));
  const wanted = new Set([...kept, ...signs]);
  return {
    ...host,
    evidence: evidence.filter((one) => wanted.has(one)).map((one) => shortened(one, collectors)),
  };
}

const factOf = (probe: string): string => probe.split('.')[0] ?? '';
const placeOf = ({ namespace, sample }: Evidence): string => `${namespace ?? '-'} ${sample}`;

function shortened(one: Evidence, collectors: ReadonlyMap<string, Collector>): Evidence {
  const probe = collectors.get(factOf(one.probe))?.probes[one.probe.split('.')[1] ?? ''];
  return probe === undefined ? one : { ...one, answer: keptPart(probe, one.answer) };
}
