import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  type Circumstances,
  endpointName,
  type SshSettings,
} from '../../src/transports/settings/ssh-settings.ts';
import { describeWhere } from '../needs.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { type Asked, settle } from './settle.ts';

/** `me@lb-1:22 behind root@jump:22` */
function way({ user, address, port, via }: SshSettings): string {
  return `${user}@${address}:${port}${via === null ? '' : ` behind ${way(via)}`}`;
}

describe('precedence', () => {
  const config = `Host lb-1
  HostName 10.0.0.1
  Port 2201
  User config
  IdentityFile /config
  ConnectTimeout 3
  StrictHostKeyChecking accept-new
  UserKnownHostsFile /known
`;
  it('ssh_config before defaults', () => {
    const { settings } = settle({ config });
    expect(settings).toMatchObject({
      address: '10.0.0.1',
      port: 2201,
      user: 'config',
      connectTimeout: 3000,
      checking: 'accept-new',
      knownHosts: ['/known', '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      keys: { files: ['/config'] },
    });
  });

  it('the inventory before ssh_config; its key beside those of ssh_config', () => {
    const connection = {
      port: 22,
      user: 'inventory',
      identityFile: '/inventory',
      sshOptions: ['StrictHostKeyChecking=yes', 'ConnectTimeout 4'],
    };
    const { settings } = settle({ config, connection });
    expect(settings).toMatchObject({
      address: '10.0.0.1',
      port: 22,
      user: 'inventory',
      connectTimeout: 4000,
      checking: 'strict',
      keys: { files: ['/inventory', '/config'] },
    });
  });

  it('the command line before all of them', () => {
    const around: Partial<Circumstances> = {
      checking: 'off',
      connectTimeout: 5000,
      keyFiles: ['/given'],
      knownHostsGiven: true,
    };
    const connection = {
      identityFile: '/inventory',
      sshOptions: ['StrictHostKeyChecking=yes', 'ConnectTimeout=4'],
    };
    const { settings } = settle({ config, connection, around });
    expect(settings).toMatchObject({
      checking: 'off',
      uncheckedBy: null,
      connectTimeout: 5000,
      knownHosts: null,
      keys: { files: ['/inventory', '/given', '/config'] },
    });
  });

  it('defaults where nobody says anything', () => {
    const { settings } = settle({});
    expect(settings).toMatchObject({
      address: 'lb-1',
      port: 22,
      user: 'me',
      connectTimeout: 10_000,
      checking: 'strict',
      via: null,
      needs: [],
      keys: { files: [], noDefaults: false, only: false },
    });
  });
});

describe('bastions', () => {
  const CASES: [string, Asked, string][] = [
    ['ssh_config', { config: 'Host lb-1\n ProxyJump jump\n' }, 'me@lb-1:22 behind me@jump:22'],
    [
      'ssh_config, where the bastion has a block of its own',
      { config: 'Host lb-1\n ProxyJump jump\nHost jump\n HostName j.example.com\n Port 2222\n User x\n' },
      'me@lb-1:22 behind x@j.example.com:2222',
    ],
    [
      'ssh_config, where the bastion is behind another one',
      { config: 'Host lb-1\n ProxyJump inner\nHost inner\n ProxyJump outer:9\n' },
      'me@lb-1:22 behind me@inner:22 behind me@outer:9',
    ],
    [
      'a list: what the last ones say of their own bastions does not count',
      { config: 'Host lb-1\n ProxyJump a,b\nHost b\n ProxyJump no\nHost a\n ProxyJump yes\n' },
      'me@lb-1:22 behind me@b:22 behind me@a:22 behind me@yes:22',
    ],
    [
      'user and port of the host are not those of the bastion',
      { config: 'Host lb-1\n User you\n Port 9\n ProxyJump jump\n' },
      'you@lb-1:9 behind me@jump:22',
    ],
    [
      'tokens',
      { config: 'Host lb-1\n HostName 10.0.0.1\n User you\n ProxyJump %r@jump-%n-%h\n' },
      'you@10.0.0.1:22 behind you@jump-lb-1-10.0.0.1:22',
    ],
    ['the inventory', { connection: { proxyJump: 'x@jump:9' } }, 'me@lb-1:22 behind x@jump:9'],
    [
      'the inventory, which counts more',
      { config: 'ProxyJump other\n', connection: { sshOptions: ['ProxyJump=none'] } },
      'me@lb-1:22',
    ],
    [
      'a host of the inventory',
      {
        connection: { proxyJump: 'jump' },
        inventory: { jump: { address: '192.0.2.1', port: 2222, user: 'hop', proxyJump: 'outer' } },
      },
      'me@lb-1:22 behind hop@192.0.2.1:2222 behind me@outer:22',
    ],
    [
      'a bastion that is in the group itself is not behind itself',
      {
        connection: { address: '192.0.2.1', proxyJump: 'outer,jump' },
        inventory: { jump: { address: '192.0.2.1' } },
      },
      'me@192.0.2.1:22 behind me@outer:22',
    ],
    ['none', { config: 'Host lb-*\n ProxyJump none\nHost *\n ProxyJump jump\n' }, 'me@lb-1:22'],
  ];
  it.each(CASES)('%s', (_, asked, expected) => {
    const { settings, mistakes } = settle(asked);
    expect(mistakes).toEqual([]);
    expect(way(settings)).toBe(expected);
  });

  it('that are behind themselves are told', () => {
    expect(settle({ config: 'Host *\n ProxyJump jump\n' }).mistakes).toEqual([
      '~/config:2:2: ProxyJump jump: more than 8 bastions: lb-1 behind jump behind jump behind jump behind ...\n' +
        '  hint: is a bastion behind itself? In ssh_config, Host * !BASTION leaves it out',
    ]);
  });

  it('are called what people call them', () => {
    const { settings } = settle({ config: 'Host lb-1\n HostName 10.0.0.1\n Port 9\n ProxyJump jump\n' });
    expect([endpointName(settings), endpointName(settings.via!)]).toEqual(['lb-1 (10.0.0.1 port 9)', 'jump']);
  });
});

it.each([
  ['ProxyCommand nc %h %p\n', 'ProxyCommand (~/config:1)'],
  ['ProxyCommand none\n', undefined],
  ['Host x\n ProxyCommand x\nHost *\n CertificateFile ~/c\n', 'CertificateFile (~/config:4)'],
  ['CanonicalizeHostname yes\n', 'CanonicalizeHostname (~/config:1)'],
  ['CanonicalizeHostname no\n', undefined],
  ['Match exec true\n', 'Match exec (~/config:1)'],
])('only ssh can do what %j asks for: %s', (config, need) => {
  expect(settle({ config }).settings.needs[0]).toBe(need);
});

it.each([
  ['IdentityFile ~/%q\n', '~/config:1:1: ~/%q: %q means nothing here'],
  [`UserKnownHostsFile \${NOPE}\n`, `~/config:1:1: \${NOPE}: the environment has no NOPE`],
])('%j is a mistake', (config, says) => {
  expect(settle({ config }).mistakes).toEqual([says]);
});

it('what the inventory hands to ssh is checked too', () => {
  const connection = { sshOptions: ['ConnectTimeout=soon'], proxyJump: 'a:b' };
  expect(settle({ connection }).mistakes).toEqual([
    'hosts.yaml:7:5: proxyjump: a:b is not hosts to jump by, as bastion or me@bastion:2222,inner',
    'hosts.yaml:7:5: connecttimeout: soon is not a time, as 10 or 1m30s, or none',
  ]);
});

it.each([
  ['', { SSH_AUTH_SOCK: '/a' }, '/a'],
  ['IdentityAgent none\n', { SSH_AUTH_SOCK: '/a' }, null],
  ['IdentityAgent $OTHER\n', { OTHER: '/b' }, '/b'],
  ['IdentityAgent SSH_AUTH_SOCK\n', { SSH_AUTH_SOCK: '/a' }, '/a'],
  [`IdentityAgent \${OTHER}/%r\n`, { OTHER: '/b' }, '/b/me'],
])('%j is the agent at %j: %s', (config, env, agent) => {
  expect(settle({ config, around: { env } }).settings.keys.agent).toBe(agent);
});

describeWhere({ programs: ['ssh'] }, 'the paths of key files', () => {
  it.each([
    '~/.ssh/a',
    '%d/b',
    '/k.%h.%n.%p.%r.%u.%i.%k.%L.%l.%%',
    `\${HOME}/c`,
    '$HOME/d',
    'relative',
    "'with space'",
  ])('%s is what ssh makes of it', (path) => {
    const home = process.env.HOME!;
    const text = `Host lb-1\n  HostName LB.example.com\n  Port 9\n  User you\n  ProxyCommand false\n  IdentityFile ${path}\n`;
    const file = fileIn(scratchFolder(), 'config', text);
    const { stderr } = spawnSync('ssh', ['-v', '-F', file, 'lb-1'], { encoding: 'utf8', cwd: '/' });
    const [, theirs] = /^debug1: identity file (.*) type -?\d+$/m.exec(stderr) ?? [];
    const places = { cwd: '/', home };
    const { settings, mistakes } = settle({
      config: text,
      around: {
        places,
        env: { HOME: home },
        localUser: spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim(),
      },
    });
    expect(mistakes).toEqual([]);
    expect(settings.keys.files).toEqual([theirs!.replace(/^(?!\/)/, '/')]);
  });
});
