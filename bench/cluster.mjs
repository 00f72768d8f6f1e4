// What an audit of a Kubernetes cluster takes, from snapshots, in each mode of kube-proxy: NODESxSERVICESxENDPOINTS.
//   npm run bench:cluster -- 10x1000x3 50x5000x3
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCluster } from './cluster-fleet.mjs';
import { metered } from './metered.mjs';

const incident = join(import.meta.dirname, '../inventories/demo');
const sizes = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'twlint-cluster-'));

console.log('mode       nodes  services  endpoints   CPU s  wall s    MiB');
try {
  for (const size of sizes.length > 0 ? sizes : ['10x1000x3']) {
    const [nodes, services, endpoints] = size.split('x').map(Number);
    for (const mode of ['iptables', 'nft', 'ipvs']) {
      const folder = join(scratch, `${mode}-${size}`);
      mkdirSync(folder);
      writeCluster(folder, { mode, nodes, services, endpoints }, incident);
      const about = [
        '--quiet',
        '--fail-on',
        'never',
        '--allow-incomplete',
        '-o',
        `text:${join(scratch, 'text')}`,
      ];
      const { cpu, wall, mebibytes } = metered(['audit', '--from', folder, ...about], scratch);
      const columns = [nodes, services, endpoints, cpu.toFixed(1), wall.toFixed(1), mebibytes];
      console.log(
        mode.padEnd(8) + columns.map((value, i) => String(value).padStart([8, 10, 11, 8, 8, 7][i])).join(''),
      );
      rmSync(folder, { recursive: true });
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
