import { expect, it } from 'vitest';
import type { OpenOptions } from '../../src/transports/open-options.ts';
import { foreignNeeds } from '../../src/transports/settings/ssh-needs.ts';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { type Connecting, reachTo, sshTarget } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { certify, makeKey, makeTokenKey } from './keygen.ts';

interface Asked {
  /** ssh_config */
  config?: string;
  known?: string[];
  connection?: Connecting['connection'];
  identityFile?: string;
  agent?: string;
  options?: Partial<OpenOptions>;
}

async function choice({ config, known = [], connection, identityFile = key(), agent, options }: Asked) {
  const folder = scratchFolder();
  const target = sshTarget({ port: 22, address: 'web', identityFile, ...(connection && { connection }) });
  const { by } = await reachTo([target], known, {
    sshConfig: config === undefined ? 'none' : fileIn(folder, 'config', config),
    env: { HOME: folder, ...(agent && { SSH_AUTH_SOCK: agent }) },
    ...options,
  });
  const { transport, why } = by(target)!;
  return [transport, ...why.map((reason) => reason.replaceAll(`${folder}/`, ''))];
}

const key = () => makeKey(scratchFolder(), 'plain').file;
const tokenKey = () => makeTokenKey(scratchFolder(), 'token');
const authority = (hosts: string) => `@cert-authority ${hosts} ${makeKey(scratchFolder(), 'ca').publicLine}`;

const CASES: [string, () => Asked | Promise<Asked>, string[]][] = [
  ['nothing out of the way', () => ({}), ['ssh2']],
  ...[
    'CertificateFile ~/.ssh/cert',
    'ProxyCommand nc %h %p',
    'GSSAPIAuthentication yes',
    'BindAddress 127.0.0.1',
    'BindInterface lo',
    'CanonicalizeHostname yes',
    'KnownHostsCommand /bin/true',
    'PKCS11Provider /usr/lib/token.so',
  ].map((line): [string, () => Asked, string[]] => [
    line,
    () => ({ config: `Host web\n  ${line}\n` }),
    ['openssh', expect.stringMatching(new RegExp(`^${line.split(' ')[0]} \\(.*config:2\\)$`))],
  ]),
  ['for another host', () => ({ config: 'Host db\n  ProxyCommand nc %h %p\n' }), ['ssh2']],
  ['switched off', () => ({ config: 'ProxyCommand none\nGSSAPIAuthentication no\n' }), ['ssh2']],
  [
    'a token that only ssh can tell',
    () => ({ config: 'IdentityFile ~/.ssh/%C\nControlPath ~/%C\n' }),
    ['openssh', expect.stringMatching(/^~\/\.ssh\/%C \(.*config:1\)$/)],
  ],
  ['nothing but a percent sign', () => ({ config: 'IdentityFile ~/.ssh/100%%C\n' }), ['ssh2']],
  [
    'Match exec',
    () => ({ config: 'Match host web exec "true"\n  Port 2\n' }),
    ['openssh', expect.stringMatching(/^Match exec \(.*config:1\)$/)],
  ],
  ['Match exec for another host', () => ({ config: 'Match host db exec "true"\n  Port 2\n' }), ['ssh2']],
  [
    'for the bastion alone',
    () => ({ config: 'Host jump\n  BindAddress 127.0.0.1\nHost web\n  ProxyJump jump\n' }),
    ['openssh', expect.stringMatching(/^for the bastion jump: BindAddress \(.*config:2\)$/)],
  ],
  [
    'an authority for the host',
    () => ({ known: [authority('web')] }),
    ['openssh', expect.stringMatching(/^@cert-authority \(.*:1\)$/)],
  ],
  ['an authority for another', () => ({ known: [authority('db')] }), ['ssh2']],
  [
    'a key on a security token, and no other',
    () => ({ identityFile: tokenKey() }),
    ['openssh', expect.stringMatching(/token on a security token, and no other key$/)],
  ],
  [
    'such a key in the agent, and no other',
    async () => ({
      config: 'IdentityFile none\n',
      identityFile: '/nowhere',
      agent: (await startAgent(tokenKey())).socket,
    }),
    ['openssh', `the agent's "token@token" on a security token, and no other key`],
  ],
  [
    'such a key in the agent beside another',
    async () => ({ agent: (await startAgent(tokenKey())).socket }),
    ['ssh2'],
  ],
  [
    'such a key, and a password',
    () => ({ identityFile: tokenKey(), options: { password: 'sesame' } }),
    ['ssh2'],
  ],
  [
    'a certificate beside the key',
    () => {
      const user = makeKey(scratchFolder(), 'user');
      certify(makeKey(scratchFolder(), 'ca'), `${user.file}.pub`, { names: 'root' });
      return { identityFile: user.file };
    },
    ['openssh', expect.stringMatching(/^the certificate \S+user-cert\.pub$/)],
  ],
  ['the inventory', () => ({ connection: { transport: 'openssh' } }), ['openssh', 'as it was asked for']],
  [
    'the command line, before the inventory',
    () => ({ connection: { transport: 'openssh' }, options: { transport: 'ssh2' } }),
    ['ssh2', 'as it was asked for'],
  ],
];

describeWhere({ programs: ['ssh-keygen', 'ssh-agent', 'ssh-add'] }, 'whose ssh', () => {
  it.each(CASES)('%s', async (_, asked, chosen) => {
    expect(await choice(await asked())).toEqual(chosen);
  });

  it('a passphrase is not asked for where ssh could not be told it', async () => {
    const locked = makeKey(scratchFolder(), 'locked', { passphrase: 'sesame' }).file;
    const askSecret = async () => expect.unreachable('it asked');
    expect(
      await choice({ config: 'ProxyCommand nc %h %p\n', identityFile: locked, options: { askSecret } }),
    ).toContain('openssh');
  });
});

it('what a distribution has for everybody is not asked for', () => {
  const needs = (file: string) =>
    foreignNeeds({
      host: 'web',
      undecided: [],
      settings: new Map([
        [
          'gssapiauthentication',
          [
            {
              kind: 'set',
              keyword: 'gssapiauthentication',
              value: ['yes'],
              place: { file, line: 1, column: 1 },
            },
          ],
        ],
      ]),
    });
  expect(needs('/etc/ssh/ssh_config')).toEqual([]);
  expect(needs('/etc/ssh/ssh_config.d/50-redhat.conf')).toEqual([]);
  expect(needs('~/.ssh/config')).toEqual(['GSSAPIAuthentication (~/.ssh/config:1)']);
});
