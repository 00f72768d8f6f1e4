import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import collect from '../../src/commands/collect.ts';
import type { World } from '../../src/commands/world.ts';

export interface Ran {
  status: number;
  /** What it wrote to standard output and error. */
  said: string;
  /** What it asked for. */
  asked: string[];
}

/** Runs `twlint collect` in a folder that is its home too, with these options; whatever it asks for, it gets `answer`. */
export async function runCollect(
  folder: string,
  args: Record<string, unknown>,
  { env = {}, answer = '' }: { env?: NodeJS.ProcessEnv; answer?: string } = {},
): Promise<Ran> {
  const said: string[] = [];
  const asked: string[] = [];
  const stream = { write: (text: string) => void said.push(text), columns: null, color: false };
  const world: World = {
    cwd: folder,
    env: { HOME: folder, PATH: process.env.PATH, ...env },
    out: stream,
    err: stream,
    stop: new AbortController().signal,
    askSecret: async (question) => {
      asked.push(question);
      return answer;
    },
  };
  const defaults = Object.entries(collect.options).map(([name, option]) => [name, option.default]);
  const own = { 'ssh-config': 'none', netns: 'init', output: 'out' };
  const status = await collect.run({ ...Object.fromEntries(defaults), ...own, ...args } as never, world);
  return { status, said: said.join(''), asked };
}

/** Everything that a tree of files holds. */
export function contents(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
