import { expect, it } from 'vitest';
import { readSshArgs } from '../../src/inventory/ssh-args.ts';

it.each<[string, string[]]>([
  ['-J bastion', ['ProxyJump=bastion']],
  ['-Jme@bastion:2222,inner', ['ProxyJump=me@bastion:2222,inner']],
  ["-o ProxyJump=bastion -o 'ConnectTimeout 5'", ['ProxyJump=bastion', 'ConnectTimeout=5']],
  ['-C -o ControlMaster=auto -o ControlPersist=60s', []],
  ['-oUser=me -p 2222 -i ~/.ssh/key', ['User=me', 'Port=2222', 'IdentityFile=~/.ssh/key']],
  ['-o ProxyCommand="ssh -W %h:%p bastion"', ['ProxyJump=bastion']],
  ['-o ProxyCommand="ssh -q -W [%h]:%p -p 2222 me@bastion"', ['ProxyJump=me@bastion:2222']],
  ['-o ProxyCommand="ssh -A -l me bastion -W %h:%p"', ['ProxyJump=me@bastion']],
  ['-o ProxyCommand="ssh -o StrictHostKeyChecking=no -W %h:%p bastion"', ['ProxyJump=bastion']],
  ['-o ProxyCommand="ssh bastion nc -w3 %h %p"', ['ProxyJump=bastion']],
  ['-o ProxyCommand=none', ['ProxyJump=none']],
  ['-4 -tt -qq -e none -c aes128-ctr', []],
  ['', []],
])('%s', (args, options) => {
  expect(readSshArgs(args)).toEqual({ options, unheard: [], refused: [] });
});

it.each<[string, string[]]>([
  [
    '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null',
    ['StrictHostKeyChecking', 'UserKnownHostsFile'],
  ],
  ['-oGlobalKnownHostsFile=~/.bashrc -J bastion', ['GlobalKnownHostsFile']],
])('whom to trust is not for an inventory to say: %s', (args, unheard) => {
  expect(readSshArgs(args)).toMatchObject({ unheard, refused: [] });
});

it.each([
  '-o ProxyCommand="rm -rf ~"',
  '-o ProxyCommand="ssh -W %h:%p bastion; rm -rf ~"',
  '-o ProxyCommand="ssh -o ProxyCommand=evil -W %h:%p bastion"',
  '-o ProxyCommand="ssh -F evil -W %h:%p bastion"',
  '-o ProxyCommand="ssh -W %h:%p $(evil)"',
  '-o ProxyCommand="ssh bastion"',
  '-o ProxyCommand="ssh bastion nc other 22"',
  '-o ProxyCommand="./ssh -W %h:%p bastion"',
  '-o LocalCommand=evil',
  '-o KnownHostsCommand=evil',
  '-o PKCS11Provider=/tmp/evil.so',
  '-o HostKeyAlias=*',
  `-o IdentityFile=~/.ssh/\${TWLINT_SSH_PASSWORD}`,
  `-i \${HOME}/key`,
  '-o IdentityAgent=$SECRET',
  '-o ProxyJmup=bastion',
  '-F /tmp/evil',
  '-E /etc/passwd',
  '-L 1:2:3',
  'other-host',
  "-o 'ProxyJump=bastion",
])('%s is refused, with what to do', (args) => {
  const { options, refused } = readSshArgs(args);
  expect(options).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  for (const { what, why, hint } of refused)
    expect([what, why, hint].every((text) => text !== '')).toBe(true);
});
