/** The half of an evaluation that needs nothing of other hosts. */
import type { Parsed } from '../define.ts';
import { nodesOf } from '../fleet/nodes.ts';
import { type HostModel, readHost, releaseOf } from '../host/host-model.ts';
import type { Answer, Finding, Gap, Host, HostEvidence, HostSummary } from '../model.ts';
import { withinTogether } from '../time-limit.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import type { Facts } from './facts/facts.ts';
import { collectedFor } from './facts/needs.ts';
import { onlyRead, type ReadParts } from './facts/read-parts.ts';
import { FindingsKept, keptFindingsOn } from './findings.ts';
import type { FleetPart } from './fleet-part.ts';
import { findGaps } from './gaps.ts';
import type { Inquiry } from './inquiry.ts';
import { keptFact, keptNode } from './kept-parts.ts';
import { type Subject, subjectsOf } from './subjects.ts';

/** What came of the rules that need nothing of other hosts. */
export interface HostFindings {
  host: Host;
  summary: HostSummary;
  findings: Iterable<Finding>;
  gaps: Gap[];
}

export interface HostResult extends HostFindings {
  /** The facts of the host that rules about paths need; nothing where there are none. */
  part: FleetPart;
}

/** Tries the rules on a host and its namespaces, and keeps the evidence that is needed beside other hosts'. Pure. */
export function evaluateHost(evidence: HostEvidence, inquiry: Inquiry, vocabulary: Vocabulary): HostResult {
  const { host, subjects } = subjectsIn(evidence, inquiry.wanted, vocabulary);
  return {
    ...findingsIn(evidence, host, subjects, inquiry),
    part: fleetPartOf(host, subjects, inquiry.ofFleet, vocabulary),
  };
}

/** Does the first half of `evaluateHost`: what is needed beside other hosts is left to who has them. Pure. */
export function tryHost(evidence: HostEvidence, inquiry: Inquiry, vocabulary: Vocabulary): HostFindings {
  const { host, subjects } = subjectsIn(evidence, inquiry.wanted, vocabulary);
  return findingsIn(evidence, host, subjects, inquiry);
}

/** Does the second half, of the answers that `keptOf` kept, or of more. Pure. */
export function partOfKept(
  kept: HostEvidence,
  { wanted, keep, ofFleet }: Inquiry,
  vocabulary: Vocabulary,
): FleetPart {
  const read = [...wanted].filter((fact) => keep.has(fact) || ofFleet?.has(fact));
  const { host, subjects } = subjectsIn(kept, new Set(read), vocabulary);
  return fleetPartOf(host, subjects, ofFleet, vocabulary);
}

function subjectsIn(evidence: HostEvidence, wanted: ReadonlySet<string>, vocabulary: Vocabulary) {
  const host = readHost(evidence);
  return { host, subjects: host.reached.ok ? subjectsOf(host, wanted, vocabulary) : [] };
}

const findingsIn = (
  evidence: HostEvidence,
  host: HostModel,
  subjects: readonly Subject[],
  { ofOneHost, missed }: Inquiry,
): HostFindings => ({
  host: evidence.host,
  summary: summaryOf(host),
  findings: new FindingsKept(
    withinTogether(LONGEST, () => subjects.map((subject) => keptFindingsOn(subject, ofOneHost))),
  ),
  gaps: findGaps(evidence, subjects, missed),
});

const fleetPartOf = (
  host: HostModel,
  subjects: readonly Subject[],
  ofFleet: ReadParts | null,
  vocabulary: Vocabulary,
): FleetPart => (ofFleet === null ? noPart(host) : partOf(host, subjects, ofFleet, vocabulary));

/** Milliseconds for all rules on a host: where they take longer, each is looked at by itself. */
const LONGEST = 1000;

const noPart = ({ host }: HostModel): FleetPart => ({
  host: host.name,
  nodes: [],
  facts: new Map(),
  ofHost: new Map(),
  atRest: false,
});

/** @param read what is asked for of a server's namespace beside its paths */
export function partOf(
  host: HostModel,
  subjects: readonly Subject[],
  read: ReadParts,
  { facts: types }: Pick<Vocabulary, 'facts'>,
): FleetPart {
  const answers = (facts: Facts, ids: ReadParts) =>
    new Map(
      [...facts].flatMap(([id, fact]): [string, Answer<Parsed<unknown>>][] => {
        const words = ids.get(id);
        if (words === undefined) return [];
        return [
          [id, keptFact(fact.ok ? { ok: true, value: onlyRead(fact.parsed, types.path[id], words) } : fact)],
        ];
      }),
    );
  const ofHost = subjects.find(({ namespace }) => namespace === null)?.facts ?? new Map();
  const facts = subjects.flatMap(({ namespace, facts }) =>
    namespace === null ? [] : [[namespace, answers(facts, read)] as const],
  );
  const collected = collectedFor([...read.keys()].map((fact) => ({ fact, keys: [] })));
  // who meets on a segment is worked out of all that these say
  const whole = new Map([...read.keys(), ...collected].map((fact) => [fact, null]));
  return {
    host: host.host.name,
    nodes: nodesOf(host).map(keptNode),
    facts: new Map(facts),
    ofHost: answers(ofHost, whole),
    atRest: host.medium?.kind === 'image',
  };
}

function summaryOf(host: HostModel): HostSummary {
  return {
    name: host.host.name,
    source: host.host.source,
    reached: host.reached,
    kernel: releaseOf(host) || null,
    namespaces: host.namespaces.map(({ name }) => name),
    ...(host.medium !== undefined && { medium: host.medium }),
  };
}
