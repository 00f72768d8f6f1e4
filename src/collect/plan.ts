import type { Collector } from '../define.ts';
import type { Planned } from '../model.ts';
import type { Question, Questions } from '../transports/script/script.ts';

/** What to ask each host: once, and again after the interval (null: nothing asked twice). */
export interface Plan {
  first: Questions;
  second: Questions | null;
  /** The same as facts: a host's evidence keeps it, so that what did not come back is missed. */
  planned: Planned;
  /** What to ask of what is not running. */
  atRest: Questions;
  plannedAtRest: Planned;
}

/** Asked always: a report names the kernel, the namespaces and whose rights it looked with. */
const ALWAYS = ['kernel', 'namespaces', 'privilege'];

/** The settings of an image are those that its next boot makes. */
const AT_REST = ['sysctl_boot'];

/** Facts to probes: a host is asked only what these facts are made of. */
export function planFor(
  facts: Iterable<string>,
  collectors: ReadonlyMap<string, Collector>,
  namespaces: Questions['namespaces'],
): Plan {
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
