import type { Collector } from '../../define.ts';
import { readHost } from '../../host/host-model.ts';
import type { Gap, HostEvidence } from '../../model.ts';
import { buildVocabulary } from '../expression/vocabulary.ts';
import { findGaps } from '../gaps.ts';
import { missedBy } from '../inquiry.ts';
import { subjectsOf } from '../subjects.ts';

/**
 * Returns the facts, of all that can be collected, that a host which let us in did not give; and in how many
 * namespaces.
 */
export function missingFacts(
  host: HostEvidence,
  collectors: ReadonlyMap<string, Collector>,
): { gaps: Gap[]; namespaces: number } {
  const all = [...collectors.keys()];
  const subjects = subjectsOf(readHost(host), new Set(all), buildVocabulary(collectors));
  return {
    gaps: findGaps(host, subjects, missedBy([], all)),
    namespaces: subjects.filter(({ scope }) => scope === 'netns').length,
  };
}
