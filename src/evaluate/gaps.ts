import type { Lacks } from '../define.ts';
import type { Gap, HostEvidence } from '../model.ts';
import type { Fact } from './facts/facts.ts';
import type { Missed } from './inquiry.ts';
import type { Subject } from './subjects.ts';

/** Returns the gaps of a host: itself, or facts that rules read, each once for each namespace. */
export function findGaps(
  { host, reached }: HostEvidence,
  subjects: readonly Subject[],
  missed: Missed,
): Gap[] {
  if (!reached.ok) {
    const { problem, reason } = reached;
    return [{ host: host.name, namespace: null, fact: null, problem, reason }];
  }
  return subjects.flatMap((subject) =>
    [...subject.own]
      .filter(([name, fact]) => missed.facts.has(name) && !(subject.atRest && isUnsupported(fact)))
      .flatMap(([name, fact]) =>
        gapsIn(name, fact, missed).map((gap) => ({ host: host.name, namespace: subject.namespace, ...gap })),
      ),
  );
}

/** Tells whether only a running kernel knows a fact: that is no gap in what is known of an image. */
const isUnsupported = (fact: Fact) => !fact.ok && fact.problem === 'unsupported';

type GapIn = Pick<Gap, 'fact' | 'problem' | 'reason' | 'program'>;

function gapsIn(name: string, fact: Fact, { isRead }: Missed): GapIn[] {
  if (!fact.ok) return [{ fact: name, problem: fact.problem, reason: fact.reason, ...withProgram(fact) }];
  const { unreadable = {} } = fact.parsed;
  const partial = partialIn(fact.parsed);
  const isReported = (key: string) => partial?.includes(unreadable[key] ?? '') ?? false;
  const keys = Object.keys(unreadable)
    .filter((key) => isRead(name, key) && !isReported(key))
    .sort();
  return [
    ...(partial === undefined
      ? []
      : [{ fact: name, problem: 'partial' as const, reason: partial, ...withProgram(fact.parsed) }]),
    ...keys.map((key) => ({ fact: name, problem: 'partial' as const, reason: `${key}: ${unreadable[key]}` })),
  ];
}

/** Returns the reasons why a fact, or an entry of it, is not complete. */
function partialIn({ partial, within = {} }: Lacks): string | undefined {
  const inside = Object.values(within).flatMap((lacks) => partialIn(lacks)?.split('; ') ?? []);
  const reasons = new Set([...(partial === undefined ? [] : [partial]), ...inside]);
  return reasons.size === 0 ? undefined : [...reasons].join('; ');
}

const withProgram = ({ program }: { program?: string }) => (program === undefined ? {} : { program });
