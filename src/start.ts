#!/usr/bin/env node
/**
 * Begins twlint. Node ends with 1 where something is not caught, as a module that can't be opened for want of file
 * descriptors; here 1 means findings, so that has to be 2.
 */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';

const NOTHING_WAS_RUN = 2;

function giveUp(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  const message =
    code === 'EMFILE' || code === 'ENFILE'
      ? `too many files are open here (${code})\n  hint: raise the limit, as with ulimit -n 1024`
      : `this is an internal error of twlint; please report it\n${inspect(error)}`;
  try {
    writeSync(2, `twlint: ${message}\n`);
  } finally {
    process.exit(NOTHING_WAS_RUN);
  }
}

process.on('uncaughtException', giveUp);
try {
  await import('./cli.ts');
} catch (error) {
  giveUp(error);
}
