import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { afterAll } from 'vitest';

export interface UnixUser {
  name: string;
  password: string;
  /** What sudoers say of it; `USER` is its name. */
  sudoers(text: string): void;
}

let made = 0;

/** A real user of this machine, gone at the end of the test file. Call it in a `beforeAll`. */
export function makeUser({ shell = '/bin/sh', password = 'correct horse' } = {}): UnixUser {
  const name = `twlint-${process.pid}-${++made}`;
  execFileSync('useradd', ['--no-create-home', '--shell', shell, name]);
  execFileSync('chpasswd', { input: `${name}:${password}\n` });
  return {
    name,
    password,
    sudoers(text) {
      writeFileSync(sudoersFile(name), `${text.replaceAll('USER', name)}\n`, { mode: 0o440 });
    },
  };
}

/** A session that is over may still be winding up, and so long its user can't be removed. */
const REMOVE = `
pkill -KILL -u "$1"
for attempt in $(seq 100); do
  userdel "$1" 2>/dev/null && exit
  sleep 0.1
done
userdel "$1"`;

function removeUsers(): void {
  for (; made > 0; made--) {
    const name = `twlint-${process.pid}-${made}`;
    rmSync(sudoersFile(name), { force: true });
    rmSync(`/run/sudo/ts/${name}`, { force: true });
    execFileSync('sh', ['-c', REMOVE, 'sh', name]);
  }
}

/** Call it in a `describe`: its users are gone at its end. */
export function unixUsers(): typeof makeUser {
  afterAll(removeUsers);
  return makeUser;
}

const sudoersFile = (name: string) => `/etc/sudoers.d/${name}`;
