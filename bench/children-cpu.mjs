// Processor time of programs that are run to their end.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Milliseconds that this process's children have taken so far, themselves and in the kernel for them. */
function ofChildren() {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  // in hundredths of a second
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Returns the milliseconds that Node takes for these arguments. Throws where it ends with another status than 0. */
export function cpuOfNode(args, options) {
  const before = ofChildren();
  const { status, stderr } = spawnSync(process.execPath, args, options);
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return ofChildren() - before;
}
