/** A root file system with a shell and nothing else, in which a script finds what a test puts there. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../temporary.ts';

export interface SmallRoot {
  readonly folder: string;
  write(path: string, content: string | Buffer): void;
  remove(): void;
}

export function smallRoot(): SmallRoot {
  const folder = temporaryFolder('root');
  chmodSync(folder, 0o755);
  for (const name of ['bin', 'dev']) mkdirSync(join(folder, name));
  execFileSync('mknod', ['-m', '666', join(folder, 'dev/null'), 'c', '1', '3']);
  copyFileSync(
    execFileSync('/bin/sh', ['-c', 'command -v busybox']).toString().trim(),
    join(folder, 'bin/busybox'),
  );
  execFileSync('chroot', [folder, '/bin/busybox', '--install', '-s', '/bin']);
  return {
    folder,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
