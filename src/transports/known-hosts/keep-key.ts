/** Adding a line to a known_hosts file, to which other runs and other programs may write at the same time. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { readNamed } from '../../read.ts';

/**
 * Adds the line that `make` gives for the file's present text; null: none. Only one run does so at a time. Throws where
 * that can't be.
 */
export function addLine(path: string, make: (text: string) => string | null): void {
  if (path === '/dev/null') return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const place = isThere ? realpathSync(path) : path;
  alone(`${place}.twlint-lock`, () => {
    const line = make(isThere || statSync(place, { throwIfNoEntry: false }) ? readNamed(place) : '');
    if (line !== null) append(place, line);
  });
}

/** Appends a line in one write to the end of the file, so that lines of other programs that do the same stay whole. */
function append(path: string, line: string): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    const cutOff = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    writeSync(file, `${cutOff ? '\n' : ''}${line}\n`);
  } finally {
    closeSync(file);
  }
}

/** The milliseconds between tries, and the number of tries: the work that is done alone takes less than one of them. */
const PAUSE = 5;
const MOST_TRIES = 400;

/**
 * Does the work alone. Where no lock can be made, or one stays for long since its owner was killed, there is nobody to
 * wait for.
 */
function alone(lock: string, work: () => void): void {
  const isOurs = taken(lock);
  try {
    work();
  } finally {
    if (isOurs) rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries <= MOST_TRIES; tries++) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
    Atomics.wait(clock, 0, 0, PAUSE);
  }
  rmSync(lock, { force: true });
  return false;
}
