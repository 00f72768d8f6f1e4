import type { Found } from '../define.ts';
import type { Answer, Evidence } from '../model.ts';

/** Turns the answer to a probe into evidence. */
export function evidenceOf(probe: string, namespace: string | null, answer: Answer<Found>): Evidence {
  const about = { probe, namespace, sample: 0 as const };
  if (!answer.ok) return { ...about, answer };
  const { text, ...readAt } = answer.value;
  return { ...about, answer: { ok: true, value: text }, ...readAt };
}
