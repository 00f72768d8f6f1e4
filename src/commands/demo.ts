import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readSnapshot } from '../collect/snapshot.ts';
import { NO_CONFIG } from '../config/config.ts';
import { loadInventory } from '../inventory/load.ts';
import { PACKAGE_ROOT } from '../package-root.ts';
import audit from './audit.ts';
import { startReplay } from './demo/ssh-server.ts';
import { defineCommand } from './lib/command.ts';

const INVENTORIES = join(PACKAGE_ROOT, 'inventories');

const NEXT = `
What you saw are recorded answers of real kernels, served over SSH on this machine. Next:

  npx twlint audit -i inventories/example.yaml --print-script    what would run on your hosts
  npx twlint audit -i hosts.yaml                                 your own fleet (an Ansible inventory)
  npx twlint audit -i hosts.yaml --interval 10s                  ... and what is going wrong right now
  npx twlint rules list                                          what is looked for
`;

export default defineCommand({
  options: {},
  examples: [['twlint demo', 'See what a report looks like']],
  async run(_args, world) {
    const inventory = relative(world.cwd, join(INVENTORIES, 'demo.yaml'));
    const targets = await loadInventory([inventory], { cwd: world.cwd, env: world.env });
    const replay = await startReplay(readSnapshot(join(INVENTORIES, 'demo')), targets);
    const scratch = mkdtempSync(join(tmpdir(), 'twlint-demo-'));
    try {
      const key = join(scratch, 'key');
      const knownHosts = join(scratch, 'known_hosts');
      writeFileSync(key, replay.clientKey, { mode: 0o600 });
      writeFileSync(knownHosts, replay.knownHosts);
      world.err.write(
        `$ twlint audit -i ${inventory} --interval 1s -o text -o sarif:twlint.sarif --fail-on never\n`,
      );
      const defaults = Object.fromEntries(
        Object.entries(audit.options).map(([name, option]) => [name, option.default]),
      );
      const status = await audit.run(
        {
          ...defaults,
          inventory: [inventory],
          interval: '1s',
          output: ['text', 'sarif:twlint.sarif'],
          'fail-on': 'never',
          'ssh-config': 'none',
          key: [key],
          'known-hosts': [knownHosts],
        },
        world,
        NO_CONFIG,
      );
      world.out.write(NEXT);
      return status;
    } finally {
      replay.stop();
      rmSync(scratch, { recursive: true });
    }
  },
});
