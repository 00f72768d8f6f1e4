import type { Collector } from '../define.ts';
import type { Planned } from '../model.ts';
import type { Question, Questions } from '../transports/script/script.ts';

/** The questions for each host: once, and again after the interval (null: nothing asked twice). */
export interface Plan {
  first: Questions;
  second: Questions | null;
  /** The same as facts: a host's evidence keeps it, so that a missing answer is noticed. */
  planned: Planned;
  /** The questions for a host that is not running. */
  atRest: Questions;
  plannedAtRest: Planned;
}

/** The facts that are always asked: a report names the kernel, the namespaces and whose rights it looked with. */
const ALWAYS = ['kernel', 'namespaces', 'privilege'];

/** The facts asked of an image alone: its settings are those that its next boot makes. */
const AT_REST = ['sysctl_boot'];

/** Maps facts to probes: a host is asked only what these facts are made of. */
export function planFor(
  facts: Iterable<string>,
  collectors: ReadonlyMap<string, Collector>,
  namespaces: Questions['namespaces'],
): Plan {
  // biome-ignore lint/style/noNonNullAssertion: only facts that have a collector are asked
  const named = (ids: Iterable<string>) => [...new Set(ids)].sort().map((id) => collectors.get(id)!);
  const wanted = named([...ALWAYS, ...facts]);
  const twice = wanted.filter(({ samples }) => samples === 2);
  const finding = wanted.filter(({ id }) => id === 'namespaces');
  const atRest = named([...wanted.map(({ id }) => id), ...AT_REST]);
  return {
    first: questionsOf(wanted, namespaces),
    second: twice.length > 0 ? questionsOf([...finding, ...twice], namespaces) : null,
    planned: plannedOf(wanted, twice),
    atRest: questionsOf(atRest, namespaces),
    plannedAtRest: plannedOf(atRest, []),
  };
}

const plannedOf = (facts: Collector[], twice: Collector[]): Planned => ({
  facts: facts.map(({ id }) => id),
  twice: twice.map(({ id }) => id),
});

function questionsOf(collectors: Collector[], namespaces: Questions['namespaces']): Questions {
  const of = (scope: Collector['scope']) =>
    collectors.filter((collector) => collector.scope === scope).flatMap(questionsOfCollector);
  return { host: of('host'), netns: of('netns'), namespaces };
}

function questionsOfCollector({ id, probes }: Collector): Question[] {
  return Object.entries(probes).map(([name, { origin: _origin, optional: _optional, ...question }]) => ({
    probe: `${id}.${name}`,
    ...question,
  }));
}
