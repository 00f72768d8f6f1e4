import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/model.ts';
import { openBy } from '../../src/transports/open.ts';
import type { OpenOptions } from '../../src/transports/open-options.ts';
import { connectTo, runIn, sshTarget } from './connecting.ts';
import { runs, startFakeHost } from './fake-host.ts';
import { fileIn, scratchFolder } from './folder.ts';

function options(more: Partial<OpenOptions> = {}): OpenOptions {
  const home = scratchFolder();
  return {
    cwd: home,
    env: { HOME: home },
    passphrase: null,
    sshConfig: 'none',
    keys: [],
    knownHosts: [],
    hostKeyChecking: 'strict',
    connectTimeout: 1000,
    password: null,
    transport: null,
    retries: 0,
    askSecret: null,
    warn: () => {},
    ...more,
  };
}

const ssh = sshTarget({ port: 1 });
const local: Target = { host: ssh.host, connection: { kind: 'local', become: null } };

it.each<[string, Partial<OpenOptions>, string]>([
  [
    'a --known-hosts file that is not there',
    { knownHosts: ['/nowhere/hosts'] },
    '--known-hosts /nowhere/hosts: no such file',
  ],
  [
    'the second --known-hosts file, which accept-new does not make',
    { knownHosts: ['/nowhere/new', '/nowhere/hosts'], hostKeyChecking: 'accept-new' },
    '--known-hosts /nowhere/hosts: no such file',
  ],
  ['a --key file that is not there', { keys: ['~/nokey'] }, '--key ~/nokey: no such file'],
])('%s stops the run before it begins', async (_, more, says) => {
  await expect(openBy([ssh], [], options(more))).rejects.toThrow(says);
});

it('for this machine alone, no key and no host key is looked for', async () => {
  const { open } = await openBy([local], [], options({ keys: ['~/nokey'], knownHosts: ['/nowhere/hosts'] }));
  const opened = await open(local, new AbortController().signal);
  if (!opened.ok) throw new Error(opened.reason);
  expect(await runIn(opened.value, 'echo here')).toMatchObject({ status: 0, output: 'here\n' });
});

describe('without --known-hosts', () => {
  it("the user's own files are read, the second one too", async () => {
    const host = await startFakeHost(runs({}));
    const connecting = host.connecting();
    for (const name of ['known_hosts', 'known_hosts2']) {
      const home = scratchFolder();
      mkdirSync(join(home, '.ssh'));
      fileIn(join(home, '.ssh'), name, connecting.known!.join('\n'));
      const answer = await connectTo({ ...connecting, options: { knownHosts: [], env: { HOME: home } } });
      if (answer.ok) answer.value.close();
      expect(answer).toMatchObject({ ok: true });
    }
  });

  it('an unknown host is to be added to the first of them', async () => {
    const host = await startFakeHost(runs({}));
    const home = scratchFolder();
    const answer = await connectTo({
      ...host.connecting(),
      options: { knownHosts: [], env: { HOME: home } },
    });
    expect(answer).toMatchObject({
      ok: false,
      problem: 'unreachable',
      reason: expect.stringMatching(
        /if it is the same, add this line to ~\/\.ssh\/known_hosts: \[127\.0\.0\.1\]:\d+ ecdsa-sha2-nistp256 /,
      ),
    });
  });
});

it('accept-new keeps the key of an address once, however many targets have it', async () => {
  const [first, second] = [await startFakeHost(runs({})), await startFakeHost(runs({}))];
  const file = join(scratchFolder(), 'known_hosts');
  const targets = [first.port, first.port, second.port].map((port) =>
    sshTarget({ ...first.connecting(), port }),
  );
  const said: string[] = [];
  const { open } = await openBy(
    targets,
    [],
    options({ knownHosts: [file], hostKeyChecking: 'accept-new', warn: (text) => void said.push(text) }),
  );
  const answers = await Promise.all(targets.map((target) => open(target, new AbortController().signal)));
  for (const answer of answers) if (answer.ok) answer.value.close();
  expect(answers.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(said).toHaveLength(2);
});
