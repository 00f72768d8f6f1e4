/** Asking a real sh for the facts of a collector, with what may become of one of its probes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secondSampleOf } from '../../src/collect/second-sample.ts';
import { collectors } from '../../src/collectors/index.ts';
import type { Collector, Lacks } from '../../src/define.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import type { Fact } from '../../src/evaluate/facts/facts.ts';
import { subjectsOf } from '../../src/evaluate/subjects.ts';
import { readHost } from '../../src/host/host-model.ts';
import type { HostEvidence } from '../../src/model.ts';
import { openLocal } from '../../src/transports/local.ts';
import type { Question, Questions } from '../../src/transports/script/script.ts';
import { askShell } from '../../src/transports/script/shell.ts';

/** Bytes that are taken of this host; what a probe that says too much says. */
const LIMIT = 2 ** 20;

/** What becomes of a probe, as sh that stands in its place. */
export const FATES = {
  denied: 'denied "only root may"',
  'refused by the kernel': 'echo "cat: FILE: Permission denied" >&2; exit 1',
  absent: 'absent "it is not here"',
  failing: 'echo "it does not work" >&2; exit 1',
  'failing without a word': 'exit 3',
  'failing for a file that it needs': 'cat /nonexistent/library',
  'not installed': 'no-such-program',
  'not supported': 'echo "Protocol not supported" >&2; exit 255',
  empty: ':',
  'saying too much': `head -c ${2 * LIMIT} /dev/zero`,
  'too slow': 'exit 124',
  killed: 'sh -c "kill -9 \\$\\$"',
  'killed with its shell': 'kill -9 0',
} as const;
export type Fate = keyof typeof FATES;

/** The texts of a case in test/collectors/<collector>/<case>, by probe, and of its earlier sample. */
export interface Sample {
  now: Record<string, string>;
  before: Record<string, string>;
}

/** The case with the most probes of those from which all of the fact is known. */
export function sampleOf({ id, probes }: Collector): Sample | null {
  const folder = join(import.meta.dirname, id);
  const cases = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .filter(isWhole)
    .map((path): Sample => ({ now: pathsIn(path, probes, ''), before: pathsIn(path, probes, '.before') }));
  const size = ({ now, before }: Sample) => Object.keys({ ...now }).length + Object.keys(before).length;
  return cases.toSorted((a, b) => size(b) - size(a))[0] ?? null;
}

function isWhole(folder: string): boolean {
  const { error, partial, unreadable, unsupported, within } = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  const lacks = [error, partial, unreadable, unsupported];
  return lacks.every((said) => said === undefined) && Object.keys(within ?? {}).length === 0;
}

function pathsIn(folder: string, probes: Collector['probes'], ending: string): Record<string, string> {
  const paths = Object.keys(probes).map((probe) => [probe, join(folder, probe + ending)] as const);
  return Object.fromEntries(paths.filter(([, path]) => existsSync(path)));
}

/** What is asked in the place of each probe: the sample's text, or what becomes of the probe. */
function questionsOf(
  { id, scope, probes }: Collector,
  paths: Record<string, string>,
  fates: Partial<Record<string, string>>,
): Questions {
  const questions = Object.keys(probes).map((probe): Question => {
    const path = paths[probe];
    const answered = path === undefined ? 'absent "not in the sample"' : `cat "${path}"`;
    return { probe: `${id}.${probe}`, ask: fates[probe] ?? answered, inside: true };
  });
  const list = { probe: 'namespaces.list', ask: 'list_namespaces', inside: true };
  const host = [...(id === 'namespaces' ? [] : [list]), ...(scope === 'host' ? questions : [])];
  return { host, netns: scope === 'netns' ? questions : [], namespaces: 'init' };
}

/** What this host says, where in each sample something becomes of one of the probes. */
export async function evidenceWith(
  collector: Collector,
  { now, before }: Sample,
  fates: Partial<Record<string, string>>[],
): Promise<HostEvidence> {
  const session = await openLocal({} as never, AbortSignal.abort());
  if (!session.ok) throw new Error(session.reason);
  const ask = (sample: 0 | 1, paths: Record<string, string>) =>
    askShell(session.value, questionsOf(collector, paths, fates[sample] ?? {}), {
      become: null,
      becomePassword: null,
      installed: null,
      sample,
      limit: LIMIT,
      timeout: 60_000,
      signal: new AbortController().signal,
    });
  const host = { name: 'here', source: { file: 'x', line: 1, column: 1 }, groups: [], vars: {} };
  const facts = [...new Set(['namespaces', collector.id])];
  const isTwice = collector.samples === 2;
  const planned = { facts, twice: isTwice ? [collector.id] : [] };
  const earlier = Object.keys(before).length > 0 ? before : now;
  const { reached, evidence } = await ask(0, isTwice ? earlier : now);
  if (!isTwice || !reached.ok) return { host, reached, evidence, planned };
  const again = await ask(1, now);
  const second = secondSampleOf(questionsOf(collector, now, {}), evidence, again);
  return { host, reached, evidence: [...evidence, ...second], planned };
}

/** The fact as rules see it: of the host, or of the namespace that was asked. Null: nobody was asked. */
export function factOf({ id, scope }: Collector, said: HostEvidence): Fact | null {
  if (!said.reached.ok) return null;
  const subjects = subjectsOf(readHost(said), new Set(['namespaces', id]), buildVocabulary(collectors));
  return subjects.find((subject) => subject.scope === scope)?.own.get(id) ?? null;
}

function lacksSomething({ partial = '', unreadable, unsupported, within = {} }: Lacks): boolean {
  const words = Object.keys({ ...unreadable, ...unsupported });
  return partial !== '' || words.length > 0 || Object.values(within).some(lacksSomething);
}

/** Whether a fact says that something of it is missing. */
export function saysSo(fact: Fact | null): boolean {
  if (fact === null) return true;
  if (!fact.ok) return fact.reason !== '';
  return lacksSomething(fact.parsed);
}
