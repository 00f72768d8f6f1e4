import type { Path, PathLine } from '../combiners/path-fact.ts';
import { pathsAndGaps } from '../combiners/paths.ts';
import type { Gap, Line, Problem, Snapshot } from '../model.ts';
import type { Vocabulary } from './expression/vocabulary.ts';
import type { Fact, Facts } from './facts/facts.ts';
import { contextOf, type Subject, toFacts } from './subjects.ts';

/** A path to try rules on. */
export interface PathSubject extends Subject {
  path: Path;
}

/**
 * A path is looked at from where it ends: rules see the facts of its server's namespace, and `path`. Where nobody in
 * the inventory is the server, those facts are missing, and say so.
 *
 * @param namespaces those of the fleet
 */
export function pathsIn(
  snapshot: Snapshot,
  namespaces: readonly Subject[],
  vocabulary: Vocabulary,
): { subjects: PathSubject[]; gaps: Gap[] } {
  const ends = new Map(namespaces.map((subject) => [`${subject.host}/${subject.namespace}`, subject]));
  const { paths, gaps } = pathsAndGaps(snapshot.hosts, secondsOf(snapshot));
  const subjects = paths.map((path): PathSubject => {
    const { server } = path.fact.value;
    const end = server.host === '' ? undefined : ends.get(`${server.host}/${server.namespace}`);
    const own = toFacts([['path', { ok: true, value: withHosts(path) }]], vocabulary);
    const facts: Facts = new Map([...(end?.facts ?? strangersFacts(server.address, vocabulary)), ...own]);
    return {
      scope: 'path',
      host: path.host,
      namespace: path.namespace,
      own,
      facts,
      context: contextOf(facts),
      atRest: false,
      path,
    };
  });
  return { subjects, gaps: gaps.map((gap) => ({ ...gap, fact: 'path', problem: 'partial' })) };
}

/** The uptimes in archives count minutes. */
const secondsOf = ({ startedAt, finishedAt, hosts }: Snapshot) =>
  (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 +
  (hosts.some(({ medium }) => medium !== undefined) ? 60 : 0);

/** Lines of several hosts meet in a path's evidence: each says whose it is. */
function withHosts({ fact }: Path): Path['fact'] {
  const told = ({ host, namespace, origin, line, text }: PathLine): PathLine & Line => ({
    host,
    namespace,
    origin: `${host}/${namespace} ${origin}`,
    line,
    text,
  });
  return {
    ...fact,
    lines: Object.fromEntries(Object.entries(fact.lines).map(([word, lines]) => [word, lines.map(told)])),
  };
}

function strangersFacts(address: string, { collectors }: Vocabulary): Facts {
  const problem: Problem = 'unreachable';
  const missing: Fact = { ok: false, problem, reason: `the server ${address} is not in the inventory` };
  return new Map([...collectors.keys()].map((id) => [id, missing]));
}

/** What stays the same of a path from run to run: not the address that a container happens to have. */
export function identityOf({ fact }: Path): unknown[] {
  const { kind, protocol, vip, port, fwmark, director, server } = fact.value;
  return [kind, protocol, vip, port, fwmark, director.host, director.namespace, server.port];
}
