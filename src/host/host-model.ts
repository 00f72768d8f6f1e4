/**
 * The meaning of one host's evidence, read in one place: the path engine takes the models, rules take the facts, of the
 * same readings. A collector's texts are parsed when somebody asks for them, and once.
 */
import kernelCollector from '../collectors/kernel.ts';
import namespacesCollector from '../collectors/namespaces.ts';
import sysctlCollector from '../collectors/sysctl.ts';
import sysctlBootCollector from '../collectors/sysctl_boot.ts';
import type { Collector, Parsed, Probe } from '../define.ts';
import type { Answer, HostEvidence } from '../model.ts';
import { onceInARow } from '../once-for.ts';
import { type Answers, answersIn } from './answers.ts';
import { sysctlsAtBoot } from './boot-sysctls.ts';
import { sysctlsInForce } from './global-sysctls.ts';
import { type Netns, netnsOf } from './namespaces.ts';
import { type Reading, readFact } from './reading.ts';

/** Reads a host, or one of its namespaces, with a collector. */
export type ReadFact = <T, P extends Record<string, Probe>, M>(
  collector: Collector<T, P, M>,
) => Answer<Reading<T, M>>;

export interface NetnsModel extends Netns {
  read: ReadFact;
}

export interface HostModel extends Pick<HostEvidence, 'host' | 'reached' | 'askedAt' | 'medium'> {
  /** Facts of the host itself. */
  read: ReadFact;
  /** The host's namespaces, its own first. */
  namespaces: NetnsModel[];
}

/** Whoever asks several things of a host asks them one after another: each of its texts is then parsed once. */
export const readHost = onceInARow((hostEvidence: HostEvidence): HostModel => {
  const { host, reached, askedAt, medium, planned } = hostEvidence;
  const answers = answersIn(hostEvidence);
  const read = reader(answers, null);
  const listed = factOf(read(namespacesCollector));
  const names = reached.ok
    ? netnsOf(
        listed.ok ? { ok: true, value: listed.value.value } : listed,
        answers.namespaces,
        planned !== undefined,
      )
    : [];
  const namespaces = names.map((name) => ({ ...name, read: reader(answers, name.inode) }));
  const sysctls = medium?.kind === 'image' ? atBoot(read) : inForce(read, namespaces);
  return {
    host,
    reached,
    ...(askedAt !== undefined && { askedAt }),
    ...(medium !== undefined && { medium }),
    read,
    namespaces: namespaces.map((one) => ({ ...one, read: withSysctls(one.read, () => sysctls(one)) })),
  };
});

/** @returns the kernel's release as `uname -r` prints it; empty where it is not known */
export function releaseOf({ read }: Pick<HostModel, 'read'>): string {
  const kernel = read(kernelCollector);
  return kernel.ok ? kernel.value.fact.value.release : '';
}

/** Makes a reader. Collectors are distinguished as values, since a test may bring others of the same name. */
function reader(answers: Answers, namespace: string | null): ReadFact {
  const readings = new Map<unknown, Answer<Reading>>();
  return (collector) => {
    const known = readings.get(collector) ?? readFact(collector, namespace, answers);
    readings.set(collector, known);
    return known as ReturnType<typeof readFact<never, never, never>>;
  };
}

type Sysctls = Parsed<Record<string, unknown>>;
const factOf = <T>(reading: Answer<Reading<T>>): Answer<Parsed<T>> =>
  reading.ok ? { ok: true, value: reading.value.fact } : reading;

/** The settings that rules and packets meet stand in the place of those that the namespace itself shows. */
function withSysctls(read: ReadFact, sysctls: () => Answer<Parsed<unknown>>): ReadFact {
  let known: Answer<Reading> | null = null;
  const settings = (): Answer<Reading> => {
    const answer = sysctls() as Answer<Sysctls>;
    return answer.ok ? { ok: true, value: { model: answer.value, fact: answer.value, cut: [] } } : answer;
  };
  return ((collector: Collector) => {
    if (collector !== (sysctlCollector as unknown)) return read(collector);
    known ??= settings();
    return known;
  }) as ReadFact;
}

/** Reads the settings of an image: those that its next boot makes. */
function atBoot(read: ReadFact): () => Answer<Parsed<unknown>> {
  return () => sysctlsAtBoot(factOf(read(sysctlBootCollector)), releaseOf({ read }));
}

function inForce(
  read: ReadFact,
  namespaces: readonly NetnsModel[],
): (one: NetnsModel) => Answer<Parsed<unknown>> {
  const init = namespaces.find((one) => one.init);
  return (one) => {
    const own = factOf(one.read(sysctlCollector));
    if (!own.ok || one.init) return own;
    const host = init === undefined ? INIT_NOT_ASKED : factOf(init.read(sysctlCollector));
    return sysctlsInForce(own, host, releaseOf({ read }));
  };
}

const INIT_NOT_ASKED = {
  ok: false,
  problem: 'unsupported',
  reason: "the host's own namespace was not asked",
} as const;
