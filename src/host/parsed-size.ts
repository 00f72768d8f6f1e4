/**
 * What is parsed of an answer. A parser makes of a text some fifty times its size, and a host may answer with 64 MiB: what
 * is past the limit is not known.
 */
import type { Probe } from '../define.ts';
import type { Answer } from '../model.ts';

/** Characters: 100,000 rules of iptables, 250,000 sockets. */
const MOST_PARSED = 16 * 2 ** 20;

/** Returns the lines of an answer that are parsed; `truncated` where the text is one value, which can't be read in part. */
export function parsedPart(probe: Probe, answer: Answer<string>): Answer<string> {
  if (!answer.ok || answer.value.length <= mostOf(probe)) return answer;
  if (/^\s*[{[]/.test(answer.value)) return { ok: false, problem: 'truncated', reason: tooLong(probe) };
  const end = answer.value.lastIndexOf('\n', mostOf(probe) - 1) + 1;
  return { ok: true, value: answer.value.slice(0, end) };
}

/** Returns the part of an answer that is looked at: it is parsed, or not, as all of it would be. */
export function keptPart(probe: Probe, answer: Answer<string>): Answer<string> {
  // one character more shows that there were more
  if (!answer.ok || answer.value.length <= mostOf(probe) + 1) return answer;
  return { ok: true, value: answer.value.slice(0, mostOf(probe) + 1) };
}

/** Returns the reason why something of an answer is not known; null where all of it is parsed. */
export function leftUnparsed(probe: Probe, answer: Answer<string>): string | null {
  return answer.ok && answer.value.length > mostOf(probe) ? tooLong(probe) : null;
}

const mostOf = ({ most = MOST_PARSED }: Probe) => most;

const tooLong = (probe: Probe) =>
  `${probe.origin}: more than ${mostOf(probe) / 2 ** 20} MiB: what comes after is not looked at`;
