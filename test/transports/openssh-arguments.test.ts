import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import {
  type OpensshOptions,
  opensshArguments,
  throughCommand,
  unfitName,
} from '../../src/transports/openssh/arguments.ts';
import { describeWhere } from '../needs.ts';
import { type Asked, settle } from './settle.ts';

/** What ssh makes of the arguments for such a host: keywords to values. */
function understood(asked: Asked, options: Partial<OpensshOptions>, over: readonly string[] | null) {
  const { settings } = settle(asked);
  const told = { configFile: 'none', knownHosts: [], checking: null, ...options };
  const through = over && throughCommand(over, settings);
  const { options: words, host } = opensshArguments(settings, told, through);
  const printed = execFileSync('ssh', ['-G', ...words, '--', host], { encoding: 'utf8' });
  return Object.fromEntries(
    printed
      .trim()
      .split('\n')
      .map((line) => /^(\S+) ?(.*)$/.exec(line)!.slice(1)),
  );
}

describeWhere({ programs: ['ssh'] }, 'the arguments, as ssh itself understands them', () => {
  const CASES: [string, Asked, Partial<OpensshOptions>, readonly string[] | null, Record<string, unknown>][] =
    [
      [
        'nothing',
        {},
        {},
        null,
        { batchmode: 'yes', host: 'lb-1', forwardagent: 'no', updatehostkeys: 'false' },
      ],
      [
        'port and user of the inventory',
        { connection: { port: 2222, user: 'DOMAIN\\me' } },
        {},
        null,
        { port: '2222', user: 'DOMAIN\\me' },
      ],
      [
        'a key with spaces, quotes and percent signs',
        { connection: { identityFile: '/keys/my "best" 100%%' } },
        {},
        null,
        { identityfile: '/keys/my "best" 100%%' },
      ],
      [
        'options of the inventory',
        { connection: { sshOptions: ['HostKeyAlias=web', 'UserKnownHostsFile="/a b" /c'] } },
        {},
        null,
        { hostkeyalias: 'web', userknownhostsfile: '/a b /c' },
      ],
      [
        'the command line counts more',
        { connection: { sshOptions: ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/inventory'] } },
        { knownHosts: ['/one file', '/two'], checking: 'strict' },
        null,
        {
          stricthostkeychecking: 'true',
          userknownhostsfile: '/one file /two',
          globalknownhostsfile: '/dev/null',
        },
      ],
      [
        'nothing is kept where nothing is checked',
        {},
        { knownHosts: ['/one'], checking: 'off' },
        null,
        { stricthostkeychecking: 'false', userknownhostsfile: '/dev/null' },
      ],
      [
        'a bastion: over its connection, whatever is in the names',
        { connection: { proxyJump: 'jump', address: 'fe80::1%eth0' } },
        {},
        ['-S', "/tmp/it's", 'twlint'],
        {
          proxycommand: `'ssh' '-W' '[fe80::1%%eth0]:22' '-S' '/tmp/it'\\''s' 'twlint'`,
          proxyjump: undefined,
        },
      ],
      [
        'a bastion itself, whose group names it as its bastion',
        { connection: { proxyJump: 'lb-1' } },
        {},
        null,
        { proxyjump: undefined, proxycommand: undefined },
      ],
      [
        'an old host',
        { connection: { legacy: true } },
        {},
        null,
        {
          kexalgorithms: expect.stringMatching(/,diffie-hellman-group14-sha1$/),
          hostkeyalgorithms: expect.stringMatching(/,ssh-rsa$/),
          pubkeyacceptedalgorithms: expect.stringMatching(/,ssh-rsa$/),
        },
      ],
    ];
  it.each(CASES)('%s', (_, asked, options, over, expected) => {
    const all = understood(asked, options, over);
    expect(Object.fromEntries(Object.keys(expected).map((keyword) => [keyword, all[keyword]]))).toEqual(
      expected,
    );
  });
});

it.each([
  ['lb-1', 'me', null],
  ['2001:db8::1', 'DOMAIN\\me', null],
  ['-oProxyCommand=reboot', 'me', '-oProxyCommand=reboot'],
  ['$(reboot)', 'me', '$(reboot)'],
  ['a;reboot', 'me', 'a;reboot'],
  ['a|reboot', 'me', 'a|reboot'],
  ['lb-1', '`reboot`', '`reboot`'],
  ['lb-1', 'me&reboot', 'me&reboot'],
  ['lb-1', 'me\\', 'me\\'],
])('a host %s and a user %s: what a shell would act upon is not handed on', (address, user, unfit) => {
  expect(unfitName(settle({ connection: { address, user } }).settings)).toBe(unfit);
});
