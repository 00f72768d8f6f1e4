// What reading an image costs: `npm run bench:image [-- PATH ...]`. Without a path, one of 500 MB is made and removed.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFor } from '../build/collect/plan.js';
import { collectors } from '../build/collectors/index.js';
import { readImage } from '../build/media/image.js';

const FILES = 20_000;
const SIZE = 25_000;

/** As large as a server's image; half of each file can be packed. */
function makeImages(scratch) {
  const root = join(scratch, 'rootfs');
  for (const folder of ['etc/sysctl.d', 'lib/modules/6.1.0-18-amd64'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'etc/sysctl.d/10-network.conf'), 'net.ipv4.tcp_syncookies = 1\n');
  writeFileSync(join(root, 'lib/modules/6.1.0-18-amd64/modules.builtin'), '');
  for (let i = 0; i < FILES; i++) {
    const folder = join(root, 'usr/share', String(i % 200));
    if (i < 200) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${i}`), Buffer.concat([randomBytes(SIZE / 2), Buffer.alloc(SIZE / 2)]));
  }
  const tar = (name, option) => {
    execFileSync('tar', ['-cf', join(scratch, name), option, '-C', root, '.']);
    return join(scratch, name);
  };
  return [
    root,
    tar('image.tar', '--no-auto-compress'),
    tar('image.tar.gz', '--gzip'),
    tar('image.tar.zst', '--zstd'),
  ];
}

const scratch = mkdtempSync(join(tmpdir(), 'twlint-bench-'));
try {
  const given = process.argv.slice(2);
  const questions = planFor(collectors.keys(), collectors, 'all').atRest;
  console.log('image                     MB on disk  wall ms  cpu ms');
  for (const path of given.length > 0 ? given : makeImages(scratch)) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    const image = await readImage(path, questions);
    const { user, system } = process.cpuUsage(used);
    if (!image.ok) throw new Error(image.reason);
    const size = statSync(path).isFile() ? (statSync(path).size / 1e6).toFixed(0) : '';
    const columns = [
      size.padStart(10),
      (performance.now() - began).toFixed(0).padStart(8),
      ((user + system) / 1000).toFixed(0).padStart(7),
    ];
    console.log(path.replace(`${scratch}/`, '').padEnd(24), columns.join(' '));
  }
} finally {
  rmSync(scratch, { recursive: true });
}
