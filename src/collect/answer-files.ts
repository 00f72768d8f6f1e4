/** Snapshots of the first format, as the demo is: each answer is a file. */
import { join } from 'node:path';
import type { Evidence } from '../model.ts';
import { checkFound, readFound } from '../read.ts';
import { pathSegment, withAnswer } from './host-file.ts';
import { type EvidenceEntry, type ListedHost, withPath } from './manifest.ts';

/** The most bytes of an answer: no host was ever let say more. */
const LARGEST = 64 * 2 ** 20;

/** Looks whether the answers of a host are there. Throws a UserError where one is not. */
export function checkAnswers(folder: string, { host, evidence }: ListedHost): void {
  for (const entry of evidence) {
    if (entry.problem !== undefined) continue;
    const path = join(folder, answerFile(host.name, entry));
    withPath(path, () => checkFound(path, LARGEST));
  }
}

export function readAnswers(folder: string, { host, evidence }: ListedHost): Evidence[] {
  return evidence.map((entry) => {
    if (entry.problem !== undefined) return withAnswer(entry, null);
    const path = join(folder, answerFile(host.name, entry));
    return withAnswer(
      entry,
      withPath(path, () => readFound(path, folder, LARGEST)),
    );
  });
}

/**
 * Returns the path of an answer, as `s2/netns-4026532201/counters.netstat.txt`. It is made from the names, never read
 * from the manifest.
 */
function answerFile(host: string, { probe, namespace, sample }: EvidenceEntry): string {
  const place = namespace === null ? 'host' : `netns-${pathSegment(namespace)}`;
  return join(pathSegment(host), place, `${pathSegment(probe)}${sample === 1 ? '.again' : ''}.txt`);
}
