import type { Collector } from '../../define.ts';
import { readHost } from '../../host/host-model.ts';
import type { Gap, HostEvidence } from '../../model.ts';
import { vocabularyOf } from '../expression/vocabulary.ts';
import { gapsOf } from '../gaps.ts';
import { subjectsOf } from '../subjects.ts';

/** What could not be looked at on a host that let us in, of all that can be collected; and in how many namespaces. */
export function missingFacts(
  host: HostEvidence,
  collectors: ReadonlyMap<string, Collector>,
): { gaps: Gap[]; namespaces: number } {
  const all = [...collectors.keys()];
  const subjects = subjectsOf(readHost(host), new Set(all), vocabularyOf(collectors));
  return {
    gaps: gapsOf(host, subjects, [], all),
    namespaces: subjects.filter(({ scope }) => scope === 'netns').length,
  };
}
