/** Asking this machine with the real script, for tests. */
import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import type { Collector, Parsed } from '../../src/define.ts';
import { parse } from '../../src/host/reading.ts';
import { type Frame, readFrames } from '../../src/transports/script/frames.ts';
import { collectionScript } from '../../src/transports/script/script.ts';
import { misfits } from './misfits.ts';

const BOUNDARY = 'a1b2c3d4e5f60718';

/** The shells that hosts have. */
export const SHELLS: [name: string, command: string[]][] = [
  ['dash', ['dash']],
  ['busybox', ['busybox', 'sh']],
  ['bash', ['bash']],
  ['bash as sh', ['bash', '--posix']],
];

/** The script with the questions of every collector, or of some. */
export function scriptFor(namespaces: 'all' | 'init', only = [...collectors.keys()]): string {
  const [host, netns] = [questionsOf('host', only), questionsOf('netns', only)];
  return collectionScript({ host, netns, namespaces }, BOUNDARY);
}

export function questionsOf(scope: 'host' | 'netns', only = [...collectors.keys()]) {
  return [...collectors.values()]
    .filter((collector) => collector.scope === scope && only.includes(collector.id))
    .flatMap(({ id, probes }) =>
      Object.entries(probes).map(([key, { origin: _origin, optional: _optional, ...question }]) => ({
        probe: `${id}.${key}`,
        ...question,
      })),
    );
}

/** What a command answers that reads the script from its standard input, or otherwise runs it. */
export async function answers(command: string[], input: string, uid?: number): Promise<Frame[]> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdin.end(input);
  await new Promise((resolve) => child.on('close', resolve));
  expect(Buffer.concat(complaints).toString(), 'standard error of the script').toBe('');
  const { frames, complete, noise } = readFrames(Buffer.concat(output), BOUNDARY);
  expect({ complete, noise }).toEqual({ complete: true, noise: '' });
  return frames;
}

/** The inode of the namespace that the script runs in. */
export function ownNamespace(frames: Frame[]): string {
  return frames.find(({ probe }) => probe === 'sysctl.values')!.namespace!;
}

/** What a collector makes of the answers of a namespace, or of the host's (null). */
export function fact<T>(frames: Frame[], id: string, namespace: string | null): Parsed<T> {
  const collector = collectors.get(id) as Collector<T>;
  const texts: Record<string, string | undefined> = {};
  for (const [key, { optional }] of Object.entries(collector.probes)) {
    const frame = frames.find((one) => one.probe === `${id}.${key}` && one.namespace === namespace);
    if (frame?.answer.ok) texts[key] = frame.answer.value;
    else expect({ optional, ...frame?.answer }).toMatchObject({ optional: true, problem: 'absent' });
  }
  const result = parse(collector, texts, null).fact;
  expect(misfits(result.value, collector.type), id).toEqual([]);
  return result;
}
