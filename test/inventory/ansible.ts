import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Question = { cwd: string } & ({ argv: string[] } | { sources: string[]; limits: string[] });

/** What a command prints, or the hosts that each limit leaves (null: Ansible fails). */
type Answer<Q extends Question> = Q extends { argv: string[] }
  ? { stdout: string; stderr: string }
  : (string[] | null)[];

/** Asks the installed Ansible; see ansible-batch.py. */
export function askAnsible<const Q extends readonly Question[]>(
  questions: Q,
  home: string,
): { [K in keyof Q]: Answer<Q[K]> } {
  return pythonOfAnsible([join(import.meta.dirname, 'ansible-batch.py')], questions, home) as never;
}

/** Runs the interpreter that the installed Ansible runs in; gives what it prints as JSON. */
export function pythonOfAnsible(args: string[], input: unknown, home: string): unknown {
  const python = /^#! *(\S+)/.exec(readFileSync(programPath('ansible-inventory'), 'utf8'))![1]!;
  const text = execFileSync(python, args, {
    env: { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8' },
    input: JSON.stringify(input),
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(text);
}

function programPath(name: string): string {
  const candidates = process.env.PATH!.split(':').map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  })!;
}
