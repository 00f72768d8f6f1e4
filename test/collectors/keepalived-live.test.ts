import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWhere } from '../needs.ts';
import { answers, fact, SHELLS, scriptFor } from './asking.ts';
import { programs, WAITING } from './fake-keepalived.ts';

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

/** No word of it may be seen anywhere, though its lines look like keepalived's. */
const CANARY = `canary-${process.pid}`;
const ONLY_ROOTS = `virtual_server ${CANARY} {\n}\n`;

const asked = async (shell: string[]) => {
  const frames = await answers(shell, scriptFor('init', ['keepalived']));
  const { answer } = frames.find(({ probe }) => probe === 'keepalived.files')!;
  return { text: answer.ok ? answer.value : '', ...fact<Keepalived>(frames, 'keepalived', null) };
};

const needs = { root: true as const, programs: ['unshare', 'dash', 'busybox', 'bash'] };

describeWhere(needs, 'a keepalived that runs', () => {
  const { folder, keepalived, start, run } = programs();
  /** What a program in a container of its own does first: `$1` is where its root is to be. */
  const CONTAINER = 'mount -t tmpfs -o mode=755 tmpfs /mnt && cd /mnt && cp "$1" keepalived && mkdir etc && ';
  const CHROOT = `exec chroot /mnt /keepalived -c 'exec -a sh /keepalived "$@"' sh ${WAITING.map((word) => `'${word}'`).join(' ')}`;

  beforeAll(() => {
    mkdirSync(join(folder, 'conf.d'));
    writeFileSync(join(folder, 'main.conf'), MAIN);
    writeFileSync(join(folder, 'conf.d/web.conf'), INCLUDED);
    writeFileSync(join(folder, 'hidden.conf'), ONLY_ROOTS, { mode: 0o600 });
  });

  /** A busybox is `sh` in there by a link. */
  const inContainer = (setup: string, file: string) =>
    run('unshare', [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      `${CONTAINER} ln keepalived sh && ${setup} && ${CHROOT.replace('/mnt /keepalived', '/mnt /sh')} -f ${file}`,
      'sh',
      keepalived,
    ]);

  describe.each(SHELLS)('asked with %s', (_, shell) => {
    it('is read by the file it was started with, includes and all, but no secrets', async () => {
      await start(['--log-console', '-nf', join(folder, 'main.conf')]);
      const { text, value, partial } = await asked(shell);
      expect(partial).toBeUndefined();
      expect(value).toMatchObject({ running: true, instances: [{ name: 'one' }] });
      expect(value.instances[0]!.namespace).toMatch(/^\d+$/);
      expect(value.services).toMatchObject([{ name: '192.0.2.1 80', servers: [{ checks: [{ retry: 4 }] }] }]);
      expect(value.files).toEqual([join(folder, 'main.conf'), join(folder, 'conf.d/web.conf')]);
      expect(text).toContain('withheld');
      expect(text).not.toContain('s3cr3t');
    });

    it('in a container, is read there, by links that lead to other files there', async () => {
      const setup = `cp ${folder}/conf.d/web.conf etc/ && ln -s /etc/web.conf k.conf`;
      await inContainer(setup, '/k.conf');
      const { value, partial } = await asked(shell);
      expect(partial).toBeUndefined();
      expect(value).toMatchObject({
        files: [expect.stringMatching(/^\/proc\/\d+\/root\/k\.conf$/)],
        services: [{ name: '192.0.2.1 80' }],
      });
    });

    it.each([
      ['absolute', `${folder}/hidden.conf`],
      ['relative', `../../../../..${folder}/hidden.conf`],
    ])('in a container, shows nothing of the host that a link leads to: %s', async (_, target) => {
      await inContainer(`ln -s ${target} k.conf && ln -s ${target.replace(/\/[^/]*$/, '')} d`, '/k.conf');
      await inContainer(`ln -s ${target.replace(/\/[^/]*$/, '')} d`, '/d/hidden.conf');
      const { text, partial } = await asked(shell);
      expect(text).not.toContain(CANARY);
      expect(partial).toMatch(/\/root\/k\.conf was not read/);
      expect(partial).toMatch(/\/root\/d\/hidden\.conf was not read/);
    });

    it('in a container, where links come and go, shows nothing of the host', {
      timeout: 120_000,
    }, async () => {
      const swapping = `while :; do
        ./sh -c "ln -sfn ${folder} d; rm d; mkdir d; echo vrrp_instance a >d/hidden.conf; rm -r d; ln -s ${folder}/hidden.conf d"
        rm -rf d; mkdir d; ln -sf ${folder}/hidden.conf d/hidden.conf; rm -rf d
      done >/dev/null 2>&1 </dev/null & `;
      await inContainer(`true; ${swapping} true`, '/d/hidden.conf');
      for (let i = 0; i < 10; i++) expect((await asked(shell)).text).not.toContain(CANARY);
    });
  });

  /** What root's own keepalived may be told to read and does not get shown, and what is said of it. */
  const elsewhere = mkdtempSync('/tmp/twlint-of-others-');
  beforeAll(() => {
    execFileSync('chown', ['65534', elsewhere]);
    writeFileSync(join(elsewhere, 'k.conf'), ONLY_ROOTS);
    writeFileSync(join(folder, 'of-others.conf'), ONLY_ROOTS);
    execFileSync('chown', ['65534', join(folder, 'of-others.conf')]);
    writeFileSync(join(folder, 'group.conf'), ONLY_ROOTS);
    execFileSync('chmod', ['664', join(folder, 'group.conf')]);
    writeFileSync(join(folder, 'secrets.env'), `DB_PASSWORD=${CANARY}\n${CANARY}:$6$x:19000::::::\n`);
    writeFileSync(join(folder, 'large.conf'), `vrrp_instance ${CANARY}\n`.repeat(20_000));
    symlinkSync(join(elsewhere, 'k.conf'), join(folder, 'link.conf'));
    symlinkSync('loop.conf', join(folder, 'loop.conf'));
    execFileSync('mkfifo', [join(folder, 'pipe.conf')]);
    mkdirSync(join(folder, 'blanks'));
    writeFileSync(join(folder, 'blanks', 'a b.conf'), ONLY_ROOTS);
    mkdirSync(join(folder, 'many'));
    for (let i = 0; i < 250; i++) writeFileSync(join(folder, 'many', `${i}.conf`), ONLY_ROOTS);
  });
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

  const NOT_READ: [file: string, why: RegExp][] = [
    ['FOLDER/of-others.conf', /of-others\.conf belongs to user 65534, not to root/],
    ['FOLDER/group.conf', /others than root may write to \S+\/group\.conf/],
    ['FOLDER/secrets.env', /no line of it looks like those of keepalived/],
    ['FOLDER/large.conf', /large\.conf has more than 256 KiB/],
    ['FOLDER/link.conf', /others than root may write to \/tmp$/],
    ['FOLDER/loop.conf', /too many links: \S+\/loop\.conf/],
    ['FOLDER/pipe.conf', /pipe\.conf is no regular file/],
    ['OTHERS/k.conf', /others than root may write to \/tmp$/],
    ['/dev/zero', /\/dev\/zero is no regular file/],
    ['/proc/kmsg', /\/proc\/kmsg lies on no file system that is known to hold files/],
    ['/proc/1/environ', /\/proc\/1\/environ (?:lies on no file system|can not be opened)/],
    ['/proc/meminfo', /\/proc\/meminfo lies on no file system/],
    ['/proc/self/fd/../../..FOLDER/hidden.conf', /was not read|lies on no file system/],
    ['relative.conf', /where its file relative\.conf is can not be told/],
    ['FOLDER/gone.conf', /gone\.conf was not read/],
  ];
  const fill = (path: string) => path.replace('FOLDER', folder).replace('OTHERS', elsewhere);

  it.each(NOT_READ)('shows nothing of %s', async (file, why) => {
    await start(['-f', fill(file)]);
    const { text, value, partial } = await asked(['dash']);
    expect(text).not.toContain(CANARY);
    expect(value.running).toBe(true);
    expect(partial).toMatch(new RegExp(why.source.replace(/\$$/, '(;|$)')));
  });

  it.each([
    ['another program', 0o755, 'other', /its program is \S+\/other, not keepalived/],
    ['one that others may write to', 0o775, 'keepalived', /is not a plain program of root/],
    ['one that becomes root', 0o4755, 'keepalived', /is not a plain program of root/],
  ])('reads nothing for %s by that name', async (_, mode, name, why) => {
    const program = join(folder, 'programs', name);
    mkdirSync(join(folder, 'programs/links'), { recursive: true });
    rmSync(program, { force: true });
    copyFileSync(keepalived, program);
    chmodSync(program, mode);
    rmSync(join(folder, 'programs/links/keepalived'), { force: true });
    symlinkSync(program, join(folder, 'programs/links/keepalived'));
    await start(['-f', join(folder, 'hidden.conf')], { program: join(folder, 'programs/links/keepalived') });
    const { text, value, partial } = await asked(['dash']);
    expect(text).not.toContain(CANARY);
    expect(value.running).toBe(true);
    expect(partial).toMatch(why);
  });

  it.each([
    ...NOT_READ.filter(([file]) => file.startsWith('FOLDER') || file.startsWith('OTHERS')),
    ['FOLDER/blanks/*', /names in \S+\/blanks have blanks/] as const,
    ['FOLDER/many/*', /stands for more than 200 files/] as const,
    ['OTHERS/*', /others than root may write to \/tmp/] as const,
    ['/proc/*/task/*/fd/../../*', /\/proc lies on no file system/] as const,
    ['/sys/kernel/*', /lies on no file system/] as const,
  ])('includes nothing of %s', async (file, why) => {
    if (file === 'FOLDER/gone.conf') return;
    const main = join(folder, 'including.conf');
    writeFileSync(main, `vrrp_instance one {\n}\ninclude ${fill(file)}\n`);
    await start(['-f', main]);
    const { text, value, partial } = await asked(['dash']);
    expect(text).not.toContain(CANARY);
    expect(value.instances).toMatchObject([{ name: 'one' }]);
    expect(partial).toMatch(new RegExp(why.source.replace(/\$$/, '(;|$)')));
  });
});
