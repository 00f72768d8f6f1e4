import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../src/yaml.ts';
import { temporaryFolder } from './temporary.ts';

const ROOT = join(import.meta.dirname, '..');

describe('the package', () => {
  const folder = temporaryFolder('package');
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  let files: string[] = [];

  beforeAll(() => {
    const [packed] = JSON.parse(npm('pack', ROOT, '--json', '--ignore-scripts')) as [
      { filename: string; files: { path: string }[] },
    ];
    files = packed.files.map(({ path }) => path);
    npm('init', '-y');
    // nothing comes from a network, nor from what earlier installations have left
    const alone = ['--offline', '--cache', join(folder, 'cache')];
    npm('install', `./${packed.filename}`, ...alone, '--ignore-scripts', '--no-audit', '--no-fund');
  }, 120_000);

  const twlint = (...args: string[]) =>
    spawnSync('npx', ['--no-install', 'twlint', ...args], { cwd: folder, encoding: 'utf8' });

  it('has the program, the rules and the demo, and nothing else', () => {
    const tops = new Set(files.map((file) => file.split('/')[0]));
    expect([...tops].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'inventories',
      'package.json',
      'rules',
    ]);
    for (const file of ['dist/start.js', 'dist/THIRD-PARTY.txt', 'inventories/demo/manifest.json'])
      expect(files).toContain(file);
    expect(files.filter((file) => file.endsWith('.d.ts'))).toEqual([]);
  });

  it('is a program, and nothing that can be imported', async () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(exports).toEqual({ './package.json': './package.json' });
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', "import 'twlint'"], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ERR_PACKAGE_PATH'),
    });
  });

  it('shows the demo where it is installed', { timeout: 120_000 }, async () => {
    let { status, stdout, stderr } = twlint('demo');
    // its ports are fixed, and other users of this machine may have begun just now
    while (stderr.includes('is another demo running?')) {
      await sleep(1000);
      ({ status, stdout, stderr } = twlint('demo'));
    }
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^error\[TW00\d\]: .*tcp_tw_recycle/m);
    expect(stdout).toContain('s2/init');
    expect(existsSync(join(folder, 'twlint.sarif'))).toBe(true);
  });

  it('audits', () => {
    const snapshot = join(folder, 'node_modules/twlint/inventories/demo');
    const { status, stdout } = twlint('audit', '--from', snapshot, '--format', 'json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).hosts.map(({ name }: { name: string }) => name)).toEqual(['s2', 'm1']);
  });
});

describe('the program as one file', () => {
  const folder = temporaryFolder('single');
  const file = join(folder, 'twlint.mjs');
  beforeAll(() => {
    // as `npm run single` has it, with relative paths; and not in the checkout, whose program others use meanwhile
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const [, bundler, modules, ...written] = (scripts.single as string).split(' ');
    const paths = [relative(folder, join(ROOT, modules!)), ...written];
    execFileSync(process.execPath, [join(ROOT, bundler!), ...paths], { cwd: folder });
    rmSync(join(folder, 'dist'), { recursive: true });
  }, 60_000);
  const twlint = (...args: string[]) =>
    spawnSync(process.execPath, [file, ...args], { cwd: folder, encoding: 'utf8' });

  it('audits, and asks over SSH, where there is nothing else', { timeout: 60_000 }, () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(twlint('--version').stdout).toBe(`${version}\n`);
    const { status, stdout } = twlint('audit', '--from', join(ROOT, 'inventories/demo'), '--format', 'json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout).hosts.map(({ name }: { name: string }) => name)).toEqual(['s2', 'm1']);
    const asked = twlint('doctor', '-i', '127.0.0.1:1,', '--transport', 'ssh2', '-q');
    expect([asked.status, asked.stdout]).toEqual([3, expect.stringContaining('port 1 refuses connections')]);
    expect(readFileSync(file, 'utf8')).toContain('\nssh2 1.');
  });
});

it('the lock file names every package with its digest, and no place to load it from', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string }>;
  };
  for (const [path, { integrity, resolved }] of Object.entries(lock.packages)) {
    if (path === '') continue;
    expect(integrity, path).toMatch(/^sha512-/);
    expect(resolved, path).toBeUndefined();
  }
});

it('docs/dependencies.md tells why each dependency is there', () => {
  const told = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8');
  const manifest = parseYaml(readFileSync(join(ROOT, 'package.json'), 'utf8'), 'package.json')
    .value as Record<string, Record<string, string>>;
  // what is published has all of them in its own files
  expect(manifest.dependencies).toBeUndefined();
  for (const name of Object.keys(manifest.devDependencies!))
    if (!name.startsWith('@types/')) expect(told).toContain(`\`${name}\``);
});
