/** The collection script, run on this machine by the shells that hosts have. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Frame, readFrames } from '../../src/transports/script/frames.ts';
import { collectionScript, type Question, type Questions } from '../../src/transports/script/script.ts';

/** The boundary of these scripts. */
export const B = 'twlint-0123456789abcdef';

export const SHELLS = [
  { name: 'sh', argv: ['sh'], programs: ['sh'] },
  { name: 'dash', argv: ['dash'], programs: ['dash'] },
  { name: 'busybox ash', argv: ['busybox', 'sh'], programs: ['busybox'] },
  { name: 'bash', argv: ['bash', '--posix'], programs: ['bash'] },
];

export const question = (probe: string, ask: string, inside = true): Question => ({ probe, ask, inside });

/** Lets a command run the script, and reads what it printed once it has ended and nobody holds its output. */
export async function run(argv: string[], questions: Partial<Questions>, seconds = 16) {
  const script = collectionScript({ host: [], netns: [], namespaces: 'all', ...questions }, B, seconds);
  const { stdout, stderr } = await fed(argv, script);
  const read = readFrames(stdout, B);
  return { ...read, stderr: stderr.toString(), answer: (probe: string) => answerOf(read.frames, probe) };
}

/** Gives a command its standard input, and waits until all that holds its output has ended. */
export async function fed(argv: string[], input: string): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const child = spawn(argv[0]!, argv.slice(1));
  const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => said.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.stderr.push(chunk));
  // a shell may end before it has read all
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  await once(child, 'close');
  return { stdout: Buffer.concat(said.stdout), stderr: Buffer.concat(said.stderr) };
}

const answerOf = (frames: Frame[], probe: string) => frames.find((frame) => frame.probe === probe)?.answer;
