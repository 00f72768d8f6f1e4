/** Proves many rules at once: hosts are brought up side by side, and one playbook mends all that a machine can. */
import pLimit from 'p-limit';
import type { Remedies } from '../../src/evaluate/remedies/remedy.ts';
import { proveAtRest } from './at-rest.ts';
import { type LabHost, lookAt, type Machine, startHost, thisMachine } from './hosts.ts';
import type { Proof } from './proof.ts';
import { type Problems, type Provoked, proveDefect, proveFile, proveHealthy, sameAsScript } from './prove.ts';
import { applyPlaybook } from './remedies.ts';
import { type Seen, seenOf } from './seen.ts';

/** Where hosts are made, and how many are at work: half of the time is spent waiting. */
interface Ground {
  machine: Machine;
  atOnce: number;
}

const HERE: Ground = { machine: thisMachine, atOnce: 4 };

/** Returns the problems of each proof. */
export async function proveAll(
  proofs: Proof[],
  folder: string,
  { machine, atOnce }: Ground = HERE,
): Promise<Map<string, Problems>> {
  const problems = new Map(proofs.map(({ id }): [string, Problems] => [id, []]));
  const hosts: LabHost[] = [];
  const start = async (name: string, files: string): Promise<LabHost> => {
    const host = await startHost(name, files, machine);
    hosts.push(host);
    return host;
  };
  let twin: Promise<[LabHost, Seen]> | null = null;
  const plain = () => {
    twin ??= start('healthy', folder).then(async (host) => [host, seenOf([await lookAt(host, '')])]);
    return twin;
  };
  const limit = pLimit(atOnce);
  const each = <T, R>(all: T[], idOf: (one: T) => string, work: (one: T, found: Problems) => Promise<R>) =>
    Promise.all(
      all.map((one) =>
        limit(async () => {
          const found = problems.get(idOf(one))!;
          try {
            return await work(one, found);
          } catch (error) {
            found.push((error as Error).message);
            return null;
          }
        }),
      ),
    );
  try {
    const provoked = await each(
      proofs,
      ({ id }) => id,
      (proof, found) => proveOne(proof, found, { start, plain, folder }),
    );
    const mendable = provoked.filter((one): one is Provoked => one !== null);
    const idOf = ({ proof }: Provoked) => proof.id;
    await each(mendable, idOf, async (one, found) => void found.push(...(await proveFile(one))));
    if (mendable.length > 0) {
      const played = await applyPlaybook(
        mendable.map(({ host }) => host),
        together(mendable.map(({ remedies }) => remedies)),
        folder,
      );
      const failed = played.status === 0 ? [] : [`ansible: ended with ${played.status}: ${played.said}`];
      await each(
        mendable,
        idOf,
        async (one, found) => void found.push(...failed, ...(await sameAsScript('ansible', one))),
      );
    }
  } finally {
    for (const host of hosts) host.stop();
  }
  return problems;
}

/** What a proof begins hosts with. */
interface Means {
  start(name: string, files: string): Promise<LabHost>;
  /** Returns the host that is as it came up, and what was seen of it: the twin of all that ask for no more. */
  plain(): Promise<[LabHost, Seen]>;
  folder: string;
}

const isPlain = ({ healthy, growing }: Proof): boolean => healthy === ':' && growing === '';

/** The first host is the twin, which is gone before the defect is made. */
async function proveOne(
  proof: Proof,
  problems: Problems,
  { start, plain, folder }: Means,
): Promise<Provoked | null> {
  if (proof.real === 'image' || proof.real === 'captured') {
    problems.push(...(await proveAtRest(proof, folder)));
    return null;
  }
  if (isPlain(proof)) problems.push(...(await proveHealthy(proof, ...(await plain()))));
  else {
    const twin = await start(`${proof.id}-healthy`, proof.folder);
    problems.push(...(await proveHealthy(proof, twin, null)));
    twin.stop();
  }
  const host = await start(proof.id, proof.folder);
  const provoked = await proveDefect(proof, host, problems);
  if (provoked === null) host.stop();
  return provoked;
}

/** One playbook has a play for each host. */
function together(remedies: Remedies[]): Remedies {
  const [first] = remedies;
  return { ...first!, hosts: remedies.flatMap(({ hosts }) => hosts) };
}
