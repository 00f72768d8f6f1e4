/** The script for hosts that only somebody else can ask: they run it, and `--from` reads what it printed. Pure. */
import type { Answer, Evidence } from '../../model.ts';
import { trouble, troubleLine } from '../check.ts';
import { answersTo, foreignFrame, TOO_MANY } from './answers.ts';
import { checksum } from './checksum.ts';
import { readFrames } from './frames.ts';
import { askingFunction, type Questions } from './script.ts';

/** The frame in which the script says who it is, and the time. */
const ABOUT = 'printed.by';

/** The time that it takes at most: nobody waits for it, as an audit of a fleet does. */
const SECONDS = 110;

/**
 * Returns the script, equal for equal questions. It draws the boundary itself, of what the kernel has for UUIDs: whoever
 * wrote on the host before can't know it. Its last line has the checksum of all that it printed, where cksum is there:
 * terminals wrap lines, consoles lose characters, kernels write between them.
 */
export function printedScript(questions: Questions, version: string): string {
  const run = {
    boundary: 'twlint-$random',
    scope: questions.namespaces,
    installed: '',
    seconds: `${SECONDS}`,
  };
  return `# twlint's collection script: reads, never writes; prints its answers between lines with a random boundary.
# Run by somebody else, as root: sh SCRIPT >FILE; then: twlint audit --from FILE
${askingFunction(questions, run)}
told() {
  exec 2>/dev/null
  printf "\\n%s < ${ABOUT} -\\n%s\\n%s\\n" "twlint-$random" "${version}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  printf "\\n%s ! 0\\n\\n%s >\\n" "twlint-$random" "twlint-$random"
  twlint
}
IFS=- read -r a b c d e </proc/sys/kernel/random/uuid || exit 1
random=$a$b$c$d$e
if command -v cksum >/dev/null && command -v tee >/dev/null; then
  {
    { told 5>&- 6>&- | tee /proc/self/fd/5 >&6; } 5>&1 | cksum 6>&- | {
      IFS= read -r sum
      printf "\\n%s = %s\\n" "twlint-$random" "$sum" >&6
    }
  } 6>&1
else
  (told)
fi
`;
}

/** A line of the script's, which says that a file holds its answers. */
const FIRST = /(?:^|\n)(twlint-[0-9a-f]{32}) < \S+ (?:-|\d{1,20})\r*\n/g;

/** Tells whether a text is, or holds, what a printed script printed. */
export const isPrinted = (text: Buffer): boolean => boundariesIn(text).length > 0;

/** The answers of a host that somebody else asked. */
export interface PrintedAnswers {
  evidence: Evidence[];
  /** The time on its clock when it began, in ISO 8601, UTC; null: it has none. */
  takenAt: string | null;
}

/**
 * Reads what a printed script printed, and whatever a terminal put around it: prompts, and carriage returns at the ends
 * of lines. What was changed in between is not believed, and what is missing at its end is told by name.
 */
export function readPrinted(text: Buffer, questions: Questions): Answer<PrintedAnswers> {
  const [boundary, another] = boundariesIn(text);
  if (boundary === undefined)
    return failure('unparsable', 'it holds nothing that a printed script printed', '');
  if (another !== undefined)
    return failure('unparsable', 'it holds the answers of two runs', 'put each into a file of its own');
  const printed = printedPart(text, boundary);
  if (!printed.isIntact) return failure('unparsable', CHANGED, COPY_IT);
  const read = readFrames(printed.output, boundary);
  const forged = read.forged ?? foreignFrame(read.frames, questions, true);
  if (forged !== null) return failure('failed', `none of its answers is believed: ${forged}`, '');
  const why = read.complete
    ? 'the script that printed this did not ask it: print this version of it'
    : `what was printed ends before the script did${read.unfinished === null ? '' : `, in ${read.unfinished.probe}`}`;
  const missing = { ok: false, problem: read.complete ? 'unsupported' : 'truncated', reason: why } as const;
  const evidence = answersTo(questions, read.frames, missing, 0);
  if (evidence === null) return failure('failed', `none of its answers is believed: ${TOO_MANY}`, '');
  const about = read.frames.find(({ probe }) => probe === ABOUT)?.answer;
  return { ok: true, value: { evidence, takenAt: about?.ok ? timeOf(about.value) : null } };
}

const CHANGED =
  'it is not what the script printed: lines were wrapped, lost or mixed with others (by its checksum)';
const COPY_IT =
  'copy the file, not the screen: sh SCRIPT >FILE, then gzip -c FILE | base64 over a terminal; on a console, dmesg -n 1 before';

const failure = (problem: 'unparsable' | 'failed', what: string, remedy: string): Answer<never> => ({
  ok: false,
  problem,
  reason: troubleLine(trouble(what, remedy)),
});

/** Boundaries of which there are answers, each once. */
const boundariesIn = (text: Buffer): string[] => [
  // latin1 leaves each byte a character
  ...new Set([...text.toString('latin1').matchAll(FIRST)].flatMap(([, boundary]) => boundary ?? [])),
];

/** Returns the bytes that were printed, as they were, and whether the checksum at their end is theirs. */
function printedPart(text: Buffer, boundary: string): { output: Buffer; isIntact: boolean } {
  const whole = text.toString('latin1');
  const isOfTerminal = new RegExp(`${boundary} [^\\n]*\\r\\n`).test(whole);
  // a file may begin with the boundary, where its first, empty line was cut off
  const plain = `\n${isOfTerminal ? whole.replace(/\r+\n/g, '\n') : whole}`;
  const start = plain.indexOf(`\n${boundary} `);
  const [sumLine, sum, size] = new RegExp(`\n${boundary} = (\\d+) (\\d+)(?=\n|$)`).exec(plain) ?? [];
  if (sumLine === undefined) return { output: Buffer.from(plain.slice(start), 'latin1'), isIntact: true };
  const output = Buffer.from(plain.slice(start, plain.indexOf(sumLine)), 'latin1');
  return { output, isIntact: output.length === Number(size) && checksum(output) === Number(sum) };
}

/** The second line: `2026-04-12T08:15:00Z`. */
const timeOf = (about: string): string | null =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m.exec(about)?.[0] ?? null;
