import type { Evidence } from '../model.ts';

/**
 * Returns a host's answers, of which the longest are left out, as truncated, until the others fit into so many bytes of
 * JSON: what one host says must not keep the parts of others from being read.
 */
export function fittingAnswers(evidence: readonly Evidence[], most: number): Evidence[] {
  // a character takes six bytes at most, as \u0001 does: most hosts are not looked at any closer
  const characters = evidence.reduce((sum, { answer }) => sum + (answer.ok ? answer.value.length + 1 : 0), 0);
  if (characters * 6 <= most) return [...evidence];
  const sizes = new Map(evidence.map((one) => [one, one.answer.ok ? bytesOf(one.answer.value) : 0]));
  let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const left = new Set<Evidence>();
  for (const [one, size] of [...sizes].sort(([, a], [, b]) => b - a)) {
    if (total <= most) break;
    left.add(one);
    total -= size;
  }
  const reason = `the answers of this host that rules across hosts read take more than ${Math.floor(most / 2 ** 20)} MiB`;
  return evidence.map((one) =>
    left.has(one) ? { ...one, answer: { ok: false, problem: 'truncated', reason } } : one,
  );
}

const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text));
