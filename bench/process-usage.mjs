// What a process that goes on has taken so far, as /proc says (man 5 proc).
import { readFileSync } from 'node:fs';

/** Returns seconds of CPU, without what it started; null: it has ended. */
export function cpuOf({ pid }) {
  const stat = read(pid, 'stat');
  if (stat === null) return null;
  const fields = stat.replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Returns the MiB that it has in memory; null: it has ended. */
export function residentOf({ pid }) {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status') ?? '')?.[1];
  return kibibytes === undefined ? null : Math.round(Number(kibibytes) / 1024);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
