/** Whatever a medium calls its host: what is audited has a name that an inventory could have given, or is refused. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFor } from '../../src/collect/plan.ts';
import { collectors } from '../../src/collectors/index.ts';
import { type SourceArgs, snapshotFor } from '../../src/commands/lib/sources.ts';
import { UserError, UserErrors } from '../../src/errors.ts';
import { isHostName, isPathName } from '../../src/inventory/names.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('names');

const HOSTILE = [
  "{{ lookup('pipe','touch PWNED; echo localhost') }}",
  '*',
  '~.*',
  '@/etc/passwd',
  '!web',
  '&web',
  'web[0:9]',
  'a,b',
  '$(touch PWNED)',
  '-rf',
  '../../etc',
  '::error::pwned',
  '[a](https://evil.example)',
  '\u001b[2J',
  'two\nlines',
  'web\u3164',
  'x'.repeat(300),
  '',
];

/** Files by their paths; and the options that name them. */
interface Medium {
  files(name: string): Record<string, string>;
  args(at: string): Partial<SourceArgs>;
  /** The file that says the name; null where that is a path. */
  saidIn: string | null;
}

const uname = (name: string) => `Linux ${name} 5.14.0-1.el9.x86_64 #1 SMP x86_64 GNU/Linux\n`;
const sosreport = (name: string) => ({
  'sos/sos_commands/kernel/uname_-a': uname('x'),
  'sos/sos_commands/host/hostname': `${name}\n`,
});
const manifest = (name: string) => ({
  'manifest.json': JSON.stringify({
    format: 'twlint-snapshot/1',
    startedAt: '2026-01-02T03:04:05Z',
    finishedAt: '2026-01-02T03:04:05Z',
    interrupted: false,
    hosts: [
      {
        host: { name, source: { file: 'x', line: 1, column: 1 }, groups: [], vars: {} },
        reached: { ok: true, value: null },
        evidence: [],
      },
    ],
  }),
});

const MEDIA: Record<string, Medium> = {
  'a sosreport': { files: sosreport, args: (at) => ({ from: [at] }), saidIn: 'sos_commands/host/hostname' },
  'a tar archive of one': {
    files: sosreport,
    args(at) {
      execFileSync('tar', ['-C', at, '-cf', join(at, 'sos.tar'), 'sos']);
      return { from: [join(at, 'sos.tar')] };
    },
    saidIn: 'sos_commands/host/hostname',
  },
  'pasted outputs, by uname': {
    files: (name) => ({ 'host/uname': uname(name), 'host/sysctl': 'net.ipv4.ip_forward = 1\n' }),
    args: (at) => ({ from: [at] }),
    saidIn: 'host/uname',
  },
  'pasted outputs, by their folder': {
    files: (name) => ({
      [`${name.replace(/[/\n]/g, '_').slice(0, 200) || '_'}/sysctl`]: 'net.ipv4.ip_forward = 1\n',
    }),
    args: (at) => ({ from: [at] }),
    saidIn: null,
  },
  'an image': {
    files: (name) => ({
      [`${name.replace(/[/\n]/g, '_').slice(0, 200) || '_'}/etc/os-release`]: 'ID=debian\n',
    }),
    args: (at) => ({
      root: [execFileSync('find', [at, '-mindepth', '1', '-maxdepth', '1'], { encoding: 'utf8' }).trimEnd()],
    }),
    saidIn: null,
  },
  'a snapshot': { files: manifest, args: (at) => ({ from: [at] }), saidIn: 'manifest.json' },
  'an inventory in YAML': {
    files: (name) => ({
      'hosts.yaml': JSON.stringify({ all: { hosts: { [name]: { ansible_connection: 'local' } } } }),
    }),
    args: (at) => ({ inventory: [join(at, 'hosts.yaml')] }),
    saidIn: 'hosts.yaml',
  },
  'what an inventory program prints': {
    files: (name) => ({ 'list.json': JSON.stringify({ web: { hosts: [name] }, _meta: { hostvars: {} } }) }),
    args: (at) => ({ inventory: [join(at, 'list.json')] }),
    saidIn: 'list.json',
  },
  'nodes of a cluster': {
    files: (name) => ({
      'nodes.json': JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } }),
    }),
    args: (at) => ({ inventory: [join(at, 'nodes.json')] }),
    saidIn: 'nodes.json',
  },
};

let count = 0;

async function named({ files, args }: Medium, name: string) {
  const at = join(folder, String(count++));
  for (const [path, text] of Object.entries(files(name))) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  const said: string[] = [];
  const world = {
    cwd: at,
    env: {},
    secrets: {},
    out: { write: () => {}, writeAll: async () => {}, columns: null, color: false },
    err: {
      write: (text: string) => void said.push(text),
      writeAll: async (pieces: Iterable<string>) => void said.push(...pieces),
      columns: null,
      color: false,
    },
    stop: new AbortController().signal,
    askSecret: null,
  };
  // a host of an inventory is read, and not asked
  const options = {
    netns: 'all',
    quiet: true,
    concurrency: 1,
    retries: 0,
    'host-timeout': '1s',
    transport: 'ssh2',
    ...args(at),
  };
  try {
    const { hosts } = await snapshotFor(
      planFor(['kernel'], collectors, 'init'),
      options as unknown as SourceArgs,
      world,
    );
    return { names: hosts.map(({ host }) => host.name), said: said.join(''), at };
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof UserErrors)) throw error;
    return { names: [], said: error instanceof UserErrors ? error.message : error.describe(), at };
  }
}

describe.each(Object.entries(MEDIA))('%s', (_, medium) => {
  it.each(HOSTILE)('that calls its host %j', async (name) => {
    const { names, said, at } = await named(medium, name);
    for (const one of names)
      expect(isHostName(one) || (one.startsWith(at) && isPathName(one)), one).toBe(true);
    const isAsSaid = names.length > 0 && !names.some((one) => one.includes('~'));
    if (medium.saidIn !== null && !isAsSaid) expect(said).toContain(medium.saidIn);
  });

  it('that calls its host s2', async () => {
    const { names, said } = await named(medium, 's2');
    expect(names.map((one) => basename(one))).toEqual(['s2']);
    expect(said).toBe('');
  });
});
