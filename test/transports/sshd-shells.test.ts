import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askShell } from '../../src/transports/script/shell.ts';
import { describeWhere, whereThere } from '../needs.ts';
import { connected } from './connecting.ts';
import { scratchFolder } from './folder.ts';
import { SSHD_NEEDS, sshdWorld } from './sshd-world.ts';
import { unixUsers } from './unix-user.ts';

const needs = { ...SSHD_NEEDS, programs: [...SSHD_NEEDS.programs!, 'useradd', 'chpasswd'] };

describe.each(['ssh2', 'openssh'] as const)('%s', (transport) => {
  describeWhere(needs, 'who logs in to a real sshd and gets', () => {
    const { start, to, keys } = sshdWorld();
    const makeUser = unixUsers();

    async function ask(options: {
      shell?: string;
      config?: string[];
      authorized?: string[];
      ask?: string;
      limit?: number;
    }) {
      const { name } = makeUser(options.shell === undefined ? {} : { shell: options.shell });
      const { config = [], authorized } = options;
      const server = await start({ config, ...(authorized && { authorized }) });
      const session = await connected(to(server, { user: name, options: { transport } }));
      const questions = {
        host: [{ probe: 'a.one', ask: options.ask ?? 'echo one', inside: true }],
        netns: [],
        namespaces: 'init' as const,
      };
      const { reached, evidence } = await askShell(session, questions, {
        become: null,
        becomePassword: null,
        installed: null,
        sample: 0,
        limit: options.limit ?? 2 ** 20,
        timeout: 60_000,
        signal: new AbortController().signal,
      });
      session.close();
      if (!reached.ok) return reached.reason;
      const { answer } = evidence[0]!;
      return answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`;
    }

    const SHELLS = [
      '/bin/bash',
      '/bin/dash',
      '/usr/bin/fish',
      '/bin/csh',
      '/bin/tcsh',
      '/bin/zsh',
      '/bin/rbash',
    ];
    it.each(whereThere(SHELLS))('%s: it is asked all the same', async (shell) => {
      expect(await ask({ shell })).toBe('one\n');
    });

    it.each([
      [
        'nologin',
        '/usr/sbin/nologin',
        /^its sh ended with status 1 .*not available\.": the login shell of this user runs/,
      ],
      [
        'false',
        '/bin/false',
        /^its sh ended with status 1 before the script did, without a word: does the login shell/,
      ],
      [
        'a program that is no shell',
        '/usr/bin/id',
        /^its sh ended with status 1 .*, and said "id: invalid option/,
      ],
    ])('%s: it is told', async (_, shell, says) => {
      expect(await ask({ shell })).toMatch(says);
    });

    const ELSE =
      ': does the login shell run commands, and does nothing else stand in for them (ForceCommand in its sshd_config, command= in authorized_keys)?';
    it.each([
      [
        'ForceCommand echo only this; exit 3',
        `its sh ended with status 3 before the script did, and said "only this"${ELSE}`,
      ],
      [
        'ForceCommand exec cat',
        `its sh ended with status 0 before the script did, and said "# twlint's collection`,
      ],
      [
        'ForceCommand internal-sftp',
        'its sh ended with status 1 before the script did, and said "This service allows sftp connections only.": its sshd_config lets this user transfer files only',
      ],
    ])('no commands but one, by %s: it is told', async (config, says) => {
      expect(await ask({ config: [config] })).toContain(says);
    });

    it('no commands but one, by its key: it is told', async () => {
      const key = `restrict,command="echo only this" ${keys.ed25519.publicLine}`;
      expect(await ask({ authorized: [key] })).toBe(
        `its sh ended with status 0 before the script did, and said "only this"${ELSE}`,
      );
    });

    it.each(whereThere(['/bin/mksh']))('a sh whose printf is a program, %s: it is told', async (shell) => {
      const folder = scratchFolder();
      chmodSync(folder, 0o755);
      symlinkSync(shell, join(folder, 'sh'));
      symlinkSync('/bin/readlink', join(folder, 'readlink'));
      expect(await ask({ config: [`SetEnv PATH=${folder}`] })).toMatch(
        /^its sh, \S*\/mksh, has no printf of its own, .*: let \/bin\/sh be dash, bash or busybox there$/,
      );
    });

    it('killed half-way: by which signal, and in the middle of what', async () => {
      expect(await ask({ ask: 'echo one; kill -9 0' })).toMatch(
        /^(?:failed: )?its sh ended by signal (?:SIGKILL|\(ssh does not tell which\)) before the script did/,
      );
    });

    it('more to say than we take: it is told', async () => {
      expect(await ask({ ask: 'yes', limit: 100_000 })).toMatch(/it answered with more than/);
    });
  });
});
