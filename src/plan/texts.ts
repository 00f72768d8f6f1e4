/** The answers of one namespace as they are now, and as they are once a change is made. Values: each change gives new ones. */
import { UserError } from '../errors.ts';
import type { Answer, Evidence, HostEvidence, Source } from '../model.ts';

/** The answers that a change is made to: texts by probe (`nat.legacy`). */
export interface Texts {
  /** The host or namespace, as people call it: `lb-1/web`. */
  name: string;
  get(probe: string): Answer<string>;
  /** The same of a probe that asks the host as a whole. */
  ofHost(probe: string): Answer<string>;
  with(probe: string, text: string): Texts;
  /** As if the probe had found nothing there. */
  without(probe: string): Texts;
  /** The evidence of the host with the changes in it. */
  changed(): HostEvidence;
}

const NOT_ASKED: Answer<never> = { ok: false, problem: 'failed', reason: 'it was not collected' };
const GONE: Answer<never> = { ok: false, problem: 'absent', reason: 'the change leaves nothing of it' };

/** @param namespace an inode; null for the host itself */
export function textsOf(host: HostEvidence, namespace: string | null, name: string): Texts {
  const isMeant = (one: Evidence, probe: string) => one.probe === probe && one.namespace === namespace;
  const answerIn = (probe: string, where: string | null) =>
    host.evidence.find((one) => one.probe === probe && one.namespace === where && one.sample === 0)?.answer ??
    NOT_ASKED;
  const replaced = (probe: string, answer: Answer<string>): Texts => {
    const others = host.evidence.filter((one) => !isMeant(one, probe));
    const before = host.evidence.find((one) => isMeant(one, probe) && one.sample === 0);
    // what a paste had on its lines is not on these any more
    const { pieces, ...kept } = before ?? { probe, namespace, sample: 0 as const };
    return textsOf({ ...host, evidence: [...others, { ...kept, answer }] }, namespace, name);
  };
  return {
    name,
    get: (probe) => answerIn(probe, namespace),
    ofHost: (probe) => answerIn(probe, null),
    with: (probe, text) => replaced(probe, { ok: true, value: text }),
    without: (probe) => replaced(probe, GONE),
    changed: () => host,
  };
}

/** Returns the text of a probe; null where there is nothing of it on the host. Throws where it could not be read. */
export function textIn(texts: Texts, probe: string, what: string, source: Source): string | null {
  const answer = texts.get(probe);
  if (answer.ok) return answer.value;
  if (answer.problem === 'absent') return null;
  throw new UserError(`${what} of ${texts.name} could not be read: ${answer.reason}`, {
    source,
    hint: 'what a change makes of what was not seen can not be told: collect it as root',
  });
}
