import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AnsibleCommand {
  argv: string[];
  cwd: string;
}

export interface AnsibleAnswer {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs the installed Ansible's `ansible` and `ansible-inventory`. */
export function runAnsible(commands: AnsibleCommand[], home: string): AnsibleAnswer[] {
  return pythonOfAnsible([join(import.meta.dirname, 'ansible-batch.py')], commands, home) as AnsibleAnswer[];
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
