/** Worlds that differ in what a kernel tells of itself, and what may be concluded there. */
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { collectors } from '../../src/collectors/index.ts';
import { parse } from '../../src/host/reading.ts';
import { insidePrelude } from '../../src/transports/script/prelude.ts';
import { describeWhere } from '../needs.ts';
import { smallRoot } from './small-root.ts';

const BUILTIN = `/lib/modules/${release()}/modules.builtin`;
const WHOLE = 'ffffffff81ff6280 T ip_rcv\n';
/** A kernel that has modules shows these. */
const MODULAR = { '/proc/sys/kernel/ostype': 'Linux\n', '/proc/sys/kernel/modprobe': '/sbin/modprobe\n' };

const CONFIG = '/proc/config.gz';
const AS_MODULE = { ...MODULAR, [CONFIG]: 'CONFIG_NET=y\nCONFIG_MODULES=y\nCONFIG_NF_TABLES=m\n' };

type Concluded = 'yes' | 'no' | 'ask' | 'unknown';
const WORLDS: [name: string, concluded: Concluded, files: Record<string, string>][] = [
  ['nothing is told', 'unknown', {}],
  ['it is configured as a part of the kernel', 'yes', { [CONFIG]: 'CONFIG_NET=y\nCONFIG_NF_TABLES=y\n' }],
  [
    'it is configured out, and no modules are',
    'no',
    { [CONFIG]: 'CONFIG_NET=y\n# CONFIG_MODULES is not set\n# CONFIG_NF_TABLES is not set\n' },
  ],
  [
    'it is configured out, and modules are hidden',
    'unknown',
    { ...MODULAR, [CONFIG]: 'CONFIG_NET=y\nCONFIG_MODULES=y\n# CONFIG_NF_TABLES is not set\n' },
  ],
  [
    'it is configured as a module, and not among those that are listed',
    'no',
    { ...AS_MODULE, '/proc/modules': 'ext4 1 1 - Live 0x0\n' },
  ],
  ['it is configured as a module, and modules are hidden', 'unknown', AS_MODULE],
  [
    'it is configured as a module, and its functions are listed',
    'yes',
    { ...AS_MODULE, '/proc/kallsyms': '0 t nft_do_chain\t[nf_tables]\n' },
  ],
  ['the configuration is cut off', 'unknown', { ...MODULAR, [CONFIG]: 'CONFIG_NF_TABLES_INET=y\n' }],
  ['it is among the modules of /sys', 'yes', { '/sys/module/nf_tables/refcnt': '1\n' }],
  ['it is in the list of modules', 'yes', { '/proc/modules': 'nf_tables 1 1 - Live 0x0\n' }],
  ['its functions are listed', 'yes', { '/proc/kallsyms': '0 T nft_do_chain\t[nf_tables]\n' }],
  ['all functions are listed, its own not', 'no', { '/proc/kallsyms': WHOLE }],
  ['others are called much the same', 'no', { '/proc/kallsyms': `${WHOLE}0 T nft_do_chain_inet\n` }],
  ['the list of functions is empty', 'unknown', { ...MODULAR, '/proc/kallsyms': '' }],
  ['functions of modules alone are listed', 'unknown', { '/proc/kallsyms': '0 t x\t[ext4]\n' }],
  [
    'modules are listed, what is built in is not',
    'unknown',
    { ...MODULAR, '/proc/modules': 'ext4 1 1 - Live 0x0\n' },
  ],
  [
    'modules are listed, and what is built in, with it',
    'yes',
    { '/proc/modules': 'ext4 1 1 - Live 0x0\n', [BUILTIN]: 'kernel/net/netfilter/nf_tables.ko\n' },
  ],
  [
    'modules are listed, and what is built in, without it',
    'no',
    { '/proc/modules': 'ext4 1 1 - Live 0x0\n', [BUILTIN]: 'kernel/fs/ext4/ext4.ko\n' },
  ],
  ['what is built in is listed, modules are not', 'unknown', { [BUILTIN]: 'kernel/fs/ext4/ext4.ko\n' }],
  [
    'the list of modules is empty',
    'unknown',
    { ...MODULAR, '/proc/modules': '', [BUILTIN]: 'kernel/ext4.ko\n' },
  ],
  ['modules can be loaded', 'unknown', { ...MODULAR, '/proc/sys/kernel/modules_disabled': '0\n' }],
  ['no module can be loaded any more', 'ask', { ...MODULAR, '/proc/sys/kernel/modules_disabled': '1\n' }],
  ['the kernel knows no modules', 'ask', { '/proc/sys/kernel/ostype': 'Linux\n', '/proc/kallsyms': '' }],
  ['where modules are found is shown', 'unknown', MODULAR],
];

const STATUS: Record<Concluded, string> = { yes: 'go', ask: 'go', no: '210', unknown: '212' };

describeWhere({ root: true, programs: ['busybox', 'chroot'] }, 'of a kernel', () => {
  function concluded(files: Record<string, string>, script: string): string {
    const root = smallRoot();
    try {
      for (const [path, text] of Object.entries(files))
        root.write(path, path === CONFIG ? gzipSync(text) : text);
      const { stdout, stderr } = spawnSync('chroot', [root.folder, '/bin/sh'], {
        input: `${insidePrelude}\n${script}`,
      });
      expect(stderr.toString()).toBe('');
      return stdout.toString().trim();
    } finally {
      root.remove();
    }
  }

  it.each(WORLDS)('in which %s, it is concluded: %s', (_, expected, files) => {
    const need = '(need_nf_tables && echo go) 2>/dev/null || echo $?';
    const said = concluded(files, `in_kernel nf_tables; echo "$said"\n${need}`);
    expect(said.replace('listed', 'yes')).toBe(`${expected}\n${STATUS[expected]}`);
  });

  const ipset = collectors.get('nat')!.probes.ipset!.ask;
  it.each(WORLDS)('in which %s, of ipset the like is: %s', (_, expected, files) => {
    const alike = Object.entries(files).map(([path, text]) => [
      path.replace('nf_tables', 'ip_set'),
      text
        .replaceAll('nft_do_chain', 'ip_set_test')
        .replaceAll('nf_tables', 'ip_set')
        .replaceAll('NF_TABLES', 'IP_SET'),
    ]);
    const world = { ...Object.fromEntries(alike), '/bin/ipset': '#!/bin/sh\necho asked\n' };
    const said = concluded(world, `chmod 755 /bin/ipset\n(${ipset}) 2>&1`);
    expect(said).toMatch(
      { yes: /^asked$/, ask: /^asked$/, no: /^ipset is not in use$/, unknown: /^unseen: / }[expected],
    );
  });

  const modules = collectors.get('modules')!;
  const SETTING = '/proc/sys/net/netfilter/nf_conntrack_max';
  it.each([
    ['listed', 'loaded', { '/proc/modules': 'nf_conntrack 1 1 - Live 0x0\n' }],
    ['loaded, and no list is there', 'loaded', { '/sys/module/nf_conntrack/initstate': 'live\n' }],
    [
      'shown by its settings, and not listed',
      'builtin',
      { '/proc/modules': 'ext4 1 1 - Live 0x0\n', [SETTING]: '1\n' },
    ],
    ['shown by its settings, and no list is there', 'unknown', { ...MODULAR, [SETTING]: '1\n' }],
    [
      'shown by its settings, in a kernel that knows no modules',
      'builtin',
      { '/proc/sys/kernel/ostype': 'Linux\n', [SETTING]: '1\n' },
    ],
    ['not shown in a kernel that knows no modules', 'neither', { '/proc/sys/kernel/ostype': 'Linux\n' }],
    ['not shown, and all functions are listed', 'neither', { '/proc/kallsyms': WHOLE }],
    ['not shown, and nothing is told', 'unknown', {}],
    ['not shown, and functions are not listed', 'unknown', { ...MODULAR, '/proc/kallsyms': '' }],
  ])('a module that is %s is %s', (_, expected, files: Record<string, string>) => {
    const text = concluded(files, modules.probes.modules!.ask);
    const { value, unreadable } = parse(modules, { modules: text }).fact;
    const { loaded, builtin } = value as { loaded: string[]; builtin: string[] };
    const name = 'nf_conntrack';
    const untold = text.split('\n').includes(`untold ${name}`);
    if (untold) expect(Object.keys(unreadable ?? {})).toEqual(['loaded', 'builtin']);
    const found = loaded.includes(name) ? 'loaded' : builtin.includes(name) ? 'builtin' : 'neither';
    expect(untold ? 'unknown' : found).toBe(expected);
  });
});
