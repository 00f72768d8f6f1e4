/** Causes that rules have found: the defects of namespaces on the way that may stop these packets. */
import type { Finding, PathDrawing, Report, RuleInfo } from '../model.ts';
import { printAddress, printEndpoint } from '../network/address-text.ts';
import { TCP, UDP } from '../network/fields.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { PacketQuestion } from '../network/trace/packet.ts';
import type { LikelyCause, Rank, Ranked } from './cause.ts';
import { STOPPING_RULES } from './stopping-rules.ts';
import { type AbsentHolder, sentenceOn } from './unheld-address.ts';
import type { Ways } from './ways.ts';

/**
 * Returns the causes of a report: notes are of what may be meant so, or of what is over.
 *
 * @param holders those that are to hold the destination, and do not
 */
export function causesFound(
  ways: Ways,
  { findings, rules }: Pick<Report, 'findings' | 'rules'>,
  holders: readonly AbsentHolder[],
): Ranked[] {
  const isWhy = ({ rule, host }: Finding) =>
    STOPPING_RULES[rule]?.place === 'holder' && holders.some(({ node }) => node.host === host);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return findings
    .filter(
      ({ verdict, foldedInto, severity }) => verdict === 'fail' && foldedInto === null && severity !== 'note',
    )
    .filter((finding) => mayStop(finding, ways) || isWhy(finding))
    .map((finding) => {
      const cause = causeOf(finding, byId.get(finding.rule));
      if (!isWhy(finding)) return { rank: rankOf(finding), cause };
      return {
        rank: 'way',
        cause: { ...cause, message: `${cause.message}. ${sentenceOn(ways.question, holders)}` },
      };
    });
}

/** Tells whether a rule's defect, where it is, matters to these packets. */
export function mayStop(finding: Pick<Finding, 'rule' | 'host' | 'namespace' | 'path'>, ways: Ways): boolean {
  const stopping = STOPPING_RULES[finding.rule];
  if (stopping === undefined || !isOf(stopping.protocol, ways.question)) return false;
  switch (stopping.place) {
    case 'way':
    case 'holder':
      return isAmong(finding, ways.passed);
    case 'end':
      return isAmong(finding, endsOf(ways));
    case 'sender':
      return isAmong(finding, ways.sender ? [ways.sender] : []);
    case 'path':
      return finding.path !== null && leadsTo(finding.path, ways.question);
  }
}

const isOf = (protocol: 'tcp' | 'udp' | null, question: PacketQuestion): boolean =>
  protocol === null || question.protocol === (protocol === 'tcp' ? TCP : UDP);

const endsOf = ({ there }: Ways): NetnsNode[] =>
  there.flatMap(({ ending, hops }) => (ending === 'delivered' ? hops.slice(-1).map(({ node }) => node) : []));

/** A finding about a host matters wherever one of its namespaces is passed. */
const isAmong = (
  { host, namespace }: Pick<Finding, 'host' | 'namespace'>,
  nodes: readonly NetnsNode[],
): boolean =>
  nodes.some((node) => node.host === host && (namespace === null || node.namespace === namespace));

/**
 * Tells whether packets to this address and port take the path: it is drawn from where they are sent, and names no port
 * where it is of all.
 */
function leadsTo({ traces }: PathDrawing, { destination, destinationPort: port }: PacketQuestion): boolean {
  const address = printAddress(destination);
  const asked = [address, ...(port === null ? [] : [printEndpoint(destination, port)])];
  return traces.some(({ hops: [first] }) => first !== undefined && asked.includes(first.destination));
}

const rankOf = ({ path, severity }: Finding): Rank =>
  severity === 'error' ? (path === null ? 'error' : 'path') : 'warning';

function causeOf(finding: Finding, rule: RuleInfo | undefined): LikelyCause {
  const fix = finding.fix ?? rule?.fix;
  return {
    certainty: 'possible',
    title: rule?.title ?? finding.rule,
    host: finding.host,
    namespace: finding.namespace,
    message: finding.message,
    evidence: finding.evidence,
    remedy: { text: fix?.text ?? '', commands: [] },
    rule: finding.rule,
  };
}
