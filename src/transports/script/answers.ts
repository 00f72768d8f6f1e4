/** The answers in a script's frames to the questions that it asked, and what is wrong with frames that it never prints. */
import type { Evidence, Problem } from '../../model.ts';
import type { Frame } from './frames.ts';
import { ENTERING, NAMESPACE_CAP, type Question, type Questions } from './script.ts';

/** The reason for having no answer. */
export type NoAnswer = { ok: false; problem: Problem; reason: string };

/** The most namespaces: those of the cap, the one that the script runs in, and the one of the host's first process. */
const MOST_NAMESPACES = NAMESPACE_CAP + 2;

/** The reason why an answer of so many namespaces is not believed. */
export const TOO_MANY = `it answered for more than ${MOST_NAMESPACES} network namespaces`;

/**
 * Returns an answer that nobody asked for; null: there is none. Scripts of other versions, which were installed or
 * printed earlier, ask other questions.
 */
export function foreignFrame(
  frames: readonly Frame[],
  questions: Questions,
  mayAskMore: boolean,
): string | null {
  const ofHost = new Set(questions.host.map(({ probe }) => probe));
  const ofNetns = new Set([ENTERING, ...questions.netns.map(({ probe }) => probe)]);
  const found = foundNamespaces(frames);
  const foreign = frames.find(({ probe, namespace }) =>
    namespace === null
      ? !mayAskMore && !ofHost.has(probe)
      : (!mayAskMore && !ofNetns.has(probe)) || (found !== null && !found.has(namespace)),
  );
  if (foreign === undefined) return null;
  const where = foreign.namespace === null ? '' : ` in the network namespace ${foreign.namespace}`;
  return `it answered ${JSON.stringify(foreign.probe.slice(0, 80))}${where}, which was not asked`;
}

/**
 * Returns every question's answer, in the order asked; where there is none, the reason. null: there are more namespaces
 * than any script asks.
 */
export function answersTo(
  questions: Questions,
  frames: readonly Frame[],
  fallback: NoAnswer,
  sample: 0 | 1,
): Evidence[] | null {
  const namespaces = askedNamespaces(frames, questions);
  if (namespaces.length > MOST_NAMESPACES) return null;
  const answers = new Map(frames.map((frame) => [key(frame.probe, frame.namespace), frame.answer]));
  const evidence: Evidence[] = [];
  const add = (question: Question, namespace: string | null, otherwise: NoAnswer, overrule: boolean) => {
    const answer = answers.get(key(question.probe, namespace));
    const kept = answer && (answer.ok || !overrule) ? answer : otherwise;
    evidence.push({ probe: question.probe, namespace, sample, answer: kept });
  };
  for (const question of questions.host) add(question, null, fallback, false);
  for (const namespace of namespaces) {
    const entering = answers.get(key(ENTERING, namespace));
    const barred = entering !== undefined && !entering.ok ? entering : null;
    for (const question of questions.netns) add(question, namespace, barred ?? fallback, barred !== null);
  }
  return evidence;
}

/** Returns the namespaces that the script found, whether or not it came to ask them, and those that answered. */
function askedNamespaces(frames: readonly Frame[], questions: Questions): string[] {
  const asked = new Set(questions.namespaces === 'all' ? foundNamespaces(frames) : []);
  for (const { namespace } of frames) if (namespace !== null) asked.add(namespace);
  return [...asked].sort();
}

/** Returns the namespaces that it listed, one more than it may at most; null: it gave no list. */
function foundNamespaces(frames: readonly Frame[]): Set<string> | null {
  const found = new Set<string>();
  let listed = false;
  for (const { probe, namespace, answer } of frames) {
    if (namespace !== null || !probe.startsWith('namespaces.') || !answer.ok) continue;
    listed = true;
    // netns 4026532201 /run/netns/blue blue
    for (const [, inode = ''] of answer.value.matchAll(/^(?:own|netns|init) (\d{1,20})(?= |$)/gm)) {
      if (found.size > MOST_NAMESPACES) break;
      found.add(inode);
    }
  }
  return listed ? found : null;
}

const key = (probe: string, namespace: string | null) => `${probe} ${namespace ?? '-'}`;
