/** The half of an evaluation that needs nothing of other hosts. */
import { nodesOf } from '../fleet/nodes.ts';
import { type HostModel, readHost, releaseOf } from '../host/host-model.ts';
import type { Finding, Gap, HostEvidence, HostSummary } from '../model.ts';
import { withinTogether } from '../time-limit.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import type { Fact, Facts } from './facts/facts.ts';
import { collectedFor } from './facts/needs.ts';
import { findingsOn } from './findings.ts';
import type { FleetPart } from './fleet-part.ts';
import { findGaps } from './gaps.ts';
import type { Inquiry } from './inquiry.ts';
import { type Subject, subjectsOf } from './subjects.ts';

export interface HostResult {
  summary: HostSummary;
  findings: Finding[];
  gaps: Gap[];
  /** The facts of the host that rules about paths need; nothing where there are none. */
  part: FleetPart;
}

/** Tries the rules on a host and its namespaces, and keeps the evidence that is needed beside other hosts'. Pure. */
export function evaluateHost(
  evidence: HostEvidence,
  { ofOneHost, wanted, ofFleet, missed }: Inquiry,
  vocabulary: Vocabulary,
): HostResult {
  const host = readHost(evidence);
  const subjects = host.reached.ok ? subjectsOf(host, wanted, vocabulary) : [];
  return {
    summary: summaryOf(host),
    findings: withinTogether(LONGEST, () => subjects.flatMap((subject) => findingsOn(subject, ofOneHost))),
    gaps: findGaps(evidence, subjects, missed),
    part: ofFleet === null ? noPart(host) : partOf(host, subjects, ofFleet),
  };
}

/** Milliseconds for all rules on a host: where they take longer, each is looked at by itself. */
const LONGEST = 1000;

const noPart = ({ host }: HostModel): FleetPart => ({
  host: host.name,
  nodes: [],
  facts: new Map(),
  ofHost: new Map(),
  atRest: false,
});

/** @param read the facts of a server's namespace that are asked for beside its paths */
export function partOf(host: HostModel, subjects: readonly Subject[], read: ReadonlySet<string>): FleetPart {
  const answer = (fact: Fact) => (fact.ok ? ({ ok: true, value: fact.parsed } as const) : fact);
  const asked = new Set([...read, ...collectedFor([...read].map((fact) => ({ fact, keys: [] })))]);
  const answers = (facts: Facts, ids: ReadonlySet<string>) =>
    new Map([...facts].flatMap(([id, fact]) => (ids.has(id) ? [[id, answer(fact)]] : [])));
  const ofHost = subjects.find(({ namespace }) => namespace === null)?.facts ?? new Map();
  const facts = subjects.flatMap(({ namespace, facts }) =>
    namespace === null ? [] : [[namespace, answers(facts, read)] as const],
  );
  return {
    host: host.host.name,
    nodes: nodesOf(host),
    facts: new Map(facts),
    ofHost: answers(ofHost, asked),
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
