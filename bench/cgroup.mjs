// Cgroups of version 2, by which processor time is counted of all processes in them, of those that ended too. Needs root.
// cpu.stat has usage_usec in each cgroup, whether a controller is enabled there or not (Documentation/admin-guide/cgroup-v2.rst).
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Returns where version 2 is mounted: alone, or beside version 1. */
function mountOfVersion2() {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const [, path] = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2') ?? [];
  if (path === undefined) throw new Error('cgroup2 is not mounted: mount -t cgroup2 none /sys/fs/cgroup');
  return path;
}

/**
 * Makes a cgroup. A process is put in by `echo $$ >PROCS`, and all that it starts is in there with it.
 *
 * @throws where that is not allowed: without root, or where the file system is mounted read-only as in containers
 */
export function makeCgroup(name) {
  const folder = join(mountOfVersion2(), `${name}-${process.pid}`);
  mkdirSync(folder);
  const procs = join(folder, 'cgroup.procs');
  return {
    procs,
    /** Milliseconds of processor time so far. */
    usage: () => Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))[1]) / 1000,
    size: () => readFileSync(procs, 'utf8').split('\n').length - 1,
    remove: () => rmdirSync(folder),
  };
}
