import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { answers, fact, SHELLS, scriptFor } from './asking.ts';

interface Keepalived {
  running: boolean;
  files: string[];
  instances: { name: string; namespace: string }[];
  services: { name: string; servers: { checks: { retry: number }[] }[] }[];
}

const MAIN = `global_defs { router_id LVS }
include conf.d/*.conf
vrrp_instance one {
  authentication { auth_type PASS auth_pass s3cr3t }
  notify "/bin/tell --password s3cr3t" root
}
`;
const INCLUDED = `$API_TOKEN=s3cr3t
virtual_server 192.0.2.1 80 { real_server 10.0.0.1 80 { TCP_CHECK {
  retry 4
} } }
`;

/** Programs that are called keepalived and do nothing, with a configuration each. */
describeWhere(
  { root: true, programs: ['unshare', 'dash', 'busybox', 'bash'] },
  'a keepalived that runs',
  () => {
    const folder = temporaryFolder('keepalived');
    const started: ChildProcess[] = [];

    /** Runs until its standard input ends, and has said that it runs. */
    async function start(command: string, ...args: string[]): Promise<number> {
      const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      started.push(child);
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      return child.pid!;
    }

    beforeAll(() => {
      mkdirSync(join(folder, 'conf.d'));
      writeFileSync(join(folder, 'keepalived'), '#!/bin/sh\necho here\nread -r _\n');
      chmodSync(join(folder, 'keepalived'), 0o755);
      writeFileSync(join(folder, 'main.conf'), MAIN);
      writeFileSync(join(folder, 'conf.d/web.conf'), INCLUDED);
    });
    afterEach(() => {
      for (const child of started.splice(0)) child.kill();
    });

    describe.each(SHELLS)('asked with %s', (_, shell) => {
      const asked = async () => {
        const frames = await answers(shell, scriptFor('init'));
        const { answer } = frames.find(({ probe }) => probe === 'keepalived.files')!;
        return { text: answer.ok ? answer.value : '', ...fact<Keepalived>(frames, 'keepalived', null) };
      };

      it('is read by the file it was started with, includes and all, but no secrets', async () => {
        await start(join(folder, 'keepalived'), '--log-console', '-nf', join(folder, 'main.conf'));
        const { text, value, partial } = await asked();
        expect(partial).toBeUndefined();
        expect(value).toMatchObject({ running: true, instances: [{ name: 'one' }] });
        expect(value.instances[0]!.namespace).toMatch(/^\d+$/);
        expect(value.services).toMatchObject([
          { name: '192.0.2.1 80', servers: [{ checks: [{ retry: 4 }] }] },
        ]);
        expect(value.files).toEqual([join(folder, 'main.conf'), join(folder, 'conf.d/web.conf')]);
        expect(text).toContain('withheld');
        expect(text).not.toContain('s3cr3t');
      });

      it('in a container, is read there', async () => {
        const pid = await start(
          'unshare',
          '--mount',
          'sh',
          '-c',
          `mount -t tmpfs tmpfs /mnt && cp ${folder}/main.conf /mnt/k.conf && exec ${folder}/keepalived -f /mnt/k.conf`,
        );
        const { value } = await asked();
        expect(value.files).toContain(`/proc/${pid}/root/mnt/k.conf`);
      });

      it('in a container, shows nothing of the host that a link leads to', async () => {
        const script = `mount -t tmpfs tmpfs /mnt && ln -s /etc/passwd /mnt/k.conf && exec ${folder}/keepalived`;
        const pid = await start('unshare', '--mount', 'sh', '-c', `${script} --use-file=/mnt/k.conf`);
        const { text, partial } = await asked();
        expect(text).not.toContain('root:');
        expect(partial).toContain(`permission denied: /proc/${pid}/root/mnt/k.conf`);
      });
    });
  },
);
