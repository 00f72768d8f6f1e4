import { spawnSync } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { UserErrors } from '../../src/errors.ts';
import { readSshConfig } from '../../src/transports/ssh-config/files.ts';
import { parseJumps } from '../../src/transports/ssh-config/keywords.ts';
import { parseOption } from '../../src/transports/ssh-config/parse.ts';
import { resolveSshConfig } from '../../src/transports/ssh-config/ssh-config.ts';

/** What is compared: keyword to its values; or the numbers of the lines that are wrong, of which ssh tells the first. */
export type Answer = { settings: Record<string, string[]> } | { wrong: number[] };

/** What ssh prints where nothing is set. A list: defaults that are not ours to give. */
const DEFAULTS: Record<string, string[]> = {
  user: [userInfo().username],
  port: ['22'],
  identityfile: ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'].map(
    (k) => `~/.ssh/id_${k}`,
  ),
  identitiesonly: ['no'],
  gssapiauthentication: ['no'],
  stricthostkeychecking: ['ask'],
  connecttimeout: ['none'],
  serveraliveinterval: ['0'],
  serveralivecountmax: ['3'],
  userknownhostsfile: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
  globalknownhostsfile: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
};
const WITHOUT_DEFAULT = [
  'hostname',
  'identityagent',
  'certificatefile',
  'hostkeyalias',
  'proxyjump',
  'proxycommand',
];
const FOR_SSH_ALONE = ['bindaddress', 'bindinterface', 'pkcs11provider'];
const COMPARED = [...Object.keys(DEFAULTS), ...WITHOUT_DEFAULT, ...FOR_SSH_ALONE];

/** `ssh -G` */
export function asked(
  file: string | null,
  host: string,
  options: string[] = [],
  within: string[] = [],
): Answer {
  const config = file === null ? [] : ['-F', file];
  const [program, ...args] = [...within, 'ssh', '-G', ...config, ...options, host];
  const { status, stdout, stderr } = spawnSync(program!, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0)
    return { wrong: [...stderr.matchAll(/line (\d+)/g)].map(([, line]) => Number(line)).slice(0, 1) };
  const settings: Record<string, string[]> = {};
  for (const line of stdout.split('\n')) {
    // stricthostkeychecking accept-new
    const [, keyword = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (COMPARED.includes(keyword)) settings[keyword] = [...(settings[keyword] ?? []), value];
  }
  for (const keyword of ['userknownhostsfile', 'globalknownhostsfile'])
    settings[keyword] = settings[keyword]![0]!.split(' ');
  for (const keyword of ['identitiesonly', 'gssapiauthentication', 'stricthostkeychecking'])
    settings[keyword] = settings[keyword]!.map((it) => ({ true: 'yes', false: 'no' })[it] ?? it);
  return { settings };
}

/** OpenSSH 9.2p1-2+deb12u10 takes a ProxyCommand that comes after `ProxyJump none`; 9.2p1-2+deb12u7 does not. */
let takesLateCommand: boolean | null = null;

function isTakenAfterNone(): boolean {
  const options = ['-o', 'ProxyJump=none', '-o', 'ProxyCommand=late'];
  takesLateCommand ??= 'proxycommand' in (asked('none', 'host', options) as { settings: object }).settings;
  return takesLateCommand;
}

/** The same, as it is understood here, and where versions of ssh differ, as the one that is there does. */
export function understood(
  file: string | null,
  host: string,
  options: string[] = [],
  home = homedir(),
): Answer {
  const place = { file: 'command line', line: 0, column: 0 };
  try {
    const given = options
      .filter((word) => word !== '-o')
      .flatMap((text) => parseOption(text, place, []) ?? []);
    const { files } = readSshConfig(file, { cwd: '/', home });
    const resolved = resolveSshConfig(files, { host, explicit: given, localUser: userInfo().username });
    const settings: Record<string, string[]> = {};
    for (const keyword of COMPARED) {
      const found = resolved.settings.get(keyword)?.flatMap(({ value }) => value) ?? DEFAULTS[keyword];
      // ssh prints neither
      if (found && !(keyword.startsWith('proxy') && found[0] === 'none'))
        settings[keyword] = found.map((value) => asPrinted(keyword, value, home));
    }
    if (resolved.settings.get('proxyjump')?.[0]?.value[0] === 'none' && !isTakenAfterNone())
      delete settings.proxycommand;
    settings.hostname = [resolved.host];
    for (const keyword of ['userknownhostsfile', 'globalknownhostsfile'])
      settings[keyword] = settings[keyword]!.join(' ').split(' ');
    return { settings };
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    return { wrong: error.errors.map(({ source }) => source?.line ?? 0).slice(0, 1) };
  }
}

/** ssh writes some of its values anew. */
function asPrinted(keyword: string, value: string, home: string): string {
  if (keyword === 'userknownhostsfile') return value.replace(/^~(?=\/)/, home).replaceAll('%d', home);
  if (keyword !== 'proxyjump' || value === 'none') return value;
  const last = value.lastIndexOf(',');
  const { user, host, port } = parseJumps(value.slice(last + 1))![0]!;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${value.slice(0, last + 1)}${user === null ? '' : `${user}@`}${name}${port === null ? '' : `:${port}`}`;
}

export const caseFolder = join(import.meta.dirname, '..', 'data', 'ssh-config');
