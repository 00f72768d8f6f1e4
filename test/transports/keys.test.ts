import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { absolutePath } from '../../src/transports/home-path.ts';
import { type KeyRequest, type KeysOptions, loadKeys, type Offer } from '../../src/transports/keys/keys.ts';
import { describeWhere } from '../needs.ts';
import { startAgent } from './agent.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { type KeyKind, makeKey } from './keygen.ts';

/** A home with these default identity files. */
function homeWith(...names: string[]): string {
  const home = scratchFolder();
  mkdirSync(join(home, '.ssh'));
  for (const name of names) makeKey(join(home, '.ssh'), name);
  return home;
}

const sshFolder = (home: string) => join(home, '.ssh');

interface Asked extends Partial<KeysOptions> {
  agentSocket?: string;
  only?: boolean;
}

async function offerFor(
  { agentSocket, only = false, ...options }: Asked,
  ownFile: string | null = null,
): Promise<Offer> {
  const home = options.home ?? scratchFolder();
  const places = { cwd: options.cwd ?? home, home };
  const given = (options.keyFiles ?? []).map((file) => absolutePath(file, places));
  const files = ownFile === null ? given : [ownFile, ...given];
  const request: KeyRequest = { files, noDefaults: false, only, agent: agentSocket };
  const offer = await loadKeys({
    ...places,
    keyFiles: [],
    requests: [request],
    passphrase: null,
    askSecret: null,
    ...options,
  });
  return offer(request);
}

const names = (offer: Offer) => offer.identities.map(({ name }) => name);

describeWhere({ programs: ['ssh-keygen', 'ssh-agent', 'ssh-add'] }, 'keys', () => {
  describe('of every kind and format', () => {
    const KINDS: [KeyKind, 'PEM' | undefined][] = [
      ['ed25519', undefined],
      ['ecdsa', undefined],
      ['rsa', undefined],
      ['ecdsa', 'PEM'],
      ['rsa', 'PEM'],
    ];
    it.each(KINDS)('%s %s, plain and encrypted: each signs', async (kind, format) => {
      for (const passphrase of ['', 'secret']) {
        const { file, publicKey } = makeKey(scratchFolder(), 'key', {
          kind,
          passphrase,
          ...(format && { format }),
        });
        const { identities } = await offerFor({ passphrase: 'secret' }, file);
        expect(identities[0]!.key.getPublicSSH()).toEqual(publicKey);
        const data = Buffer.from('what is to be signed');
        const signature = await new Promise<Buffer>((resolve, reject) =>
          identities[0]!.sign(data, kind === 'rsa' ? 'sha512' : undefined, (error, signed) =>
            signed ? resolve(signed) : reject(error),
          ),
        );
        expect(identities[0]!.key.verify(data, signature, kind === 'rsa' ? 'sha512' : undefined)).toBe(true);
      }
    });

    it.each([
      [
        'a PKCS#8 key',
        () => makeKey(scratchFolder(), 'key', { kind: 'rsa', format: 'PKCS8' }).file,
        /PKCS#8 key, .*ssh-keygen -p -f/,
      ],
      [
        'a public key',
        () => `${makeKey(scratchFolder(), 'key').file}.pub`,
        /a public key, and no agent holds its private half/,
      ],
      [
        'something else',
        () => fileIn(scratchFolder(), 'key', 'hello'),
        /no private key that can be read here/,
      ],
      ['nothing', () => '/nowhere/key', /^\/nowhere\/key: no such file$/],
      ['a folder', () => scratchFolder(), /a folder, and no file$/],
    ])('%s is told', async (_, make, says) => {
      const file = make();
      const offer = await offerFor({}, file);
      expect(offer.identities).toEqual([]);
      expect(offer.withheld[0]).toMatch(says);
      await expect(offerFor({ keyFiles: [file] })).rejects.toThrow(UserErrors);
    });
  });

  describe('in order', () => {
    it("named for the host, then --key, then the agent's; the default files not at all", async () => {
      const home = homeWith('id_rsa');
      const [own, given, held] = ['own', 'given', 'held'].map((name) => makeKey(home, name).file);
      const { socket } = await startAgent(held!, given!);
      const offer = await offerFor({ home, keyFiles: ['~/given'], agentSocket: socket }, own!);
      expect(names(offer)).toEqual([
        '~/own (ED25519)',
        '~/given (ED25519)',
        'the agent\'s "held@test" (ED25519)',
      ]);
    });

    it('the default files after the agent, each key once', async () => {
      const home = homeWith('id_ed25519', 'id_rsa', 'id_other');
      const { socket } = await startAgent(join(sshFolder(home), 'id_ed25519'));
      expect(names(await offerFor({ home, agentSocket: socket }))).toEqual([
        'the agent\'s "id_ed25519@test" (ED25519)',
        '~/.ssh/id_rsa (ED25519)',
      ]);
    });

    it('a public key file chooses one of the agent', async () => {
      const [first, second] = ['first', 'second'].map((name) => makeKey(scratchFolder(), name).file);
      const { socket } = await startAgent(first!, second!);
      const offer = await offerFor({ agentSocket: socket }, `${second}.pub`);
      expect(names(offer)[0]).toBe(`${second}.pub through the agent`);
      expect(offer.identities).toHaveLength(2);
    });

    it('paths are those of the working directory and of the home', async () => {
      const cwd = scratchFolder();
      makeKey(cwd, 'deploy');
      const home = homeWith('id_x');
      expect(names(await offerFor({ cwd, home, keyFiles: ['deploy', '~/.ssh/id_x'] }))).toEqual([
        `${cwd}/deploy (ED25519)`,
        '~/.ssh/id_x (ED25519)',
      ]);
    });
  });

  describe('passphrases', () => {
    const locked = (home: string, name: string, passphrase = 'secret') =>
      makeKey(sshFolder(home), name, { passphrase }).file;
    const asking = (...answers: string[]) => {
      const asked: string[] = [];
      const askSecret = async (question: string) => {
        asked.push(question);
        return answers.shift() ?? '';
      };
      return { asked, askSecret };
    };

    it('are not asked for what the agent holds', async () => {
      const home = homeWith('unused');
      const { file } = makeKey(sshFolder(home), 'id_ed25519');
      const { socket } = await startAgent(file);
      const { asked, askSecret } = asking();
      const again = locked(home, 'other');
      const offer = await offerFor({ home, agentSocket: socket, askSecret }, file);
      expect(names(offer)).toEqual(['~/.ssh/id_ed25519 (ED25519)']);
      expect(asked).toEqual([]);
      expect(names(await offerFor({ home, agentSocket: socket }, again))).toEqual([
        'the agent\'s "id_ed25519@test" (ED25519)',
      ]);
    });

    it('of an encrypted file whose key is in the agent too are not asked for', async () => {
      const home = homeWith('unused');
      const file = locked(home, 'id_ed25519');
      const { socket, addWith } = await startAgent();
      addWith(file, 'secret');
      const { asked, askSecret } = asking();
      const offer = await offerFor({ home, agentSocket: socket, askSecret }, file);
      expect(names(offer)).toEqual(['~/.ssh/id_ed25519 through the agent']);
      expect(asked).toEqual([]);
    });

    it('are asked once for several keys that share one', async () => {
      const home = homeWith('unused');
      const files = [locked(home, 'a'), locked(home, 'b')];
      const { asked, askSecret } = asking('secret');
      expect(names(await offerFor({ home, keyFiles: files, askSecret }))).toHaveLength(2);
      expect(asked).toEqual(['Passphrase for ~/.ssh/a: ']);
    });

    it('of default files are asked for only where there is nothing else', async () => {
      const home = homeWith('unused');
      locked(home, 'id_ed25519');
      const alone = asking('secret');
      expect(names(await offerFor({ home, askSecret: alone.askSecret }))).toEqual([
        '~/.ssh/id_ed25519 (ED25519)',
      ]);
      expect(alone.asked).toHaveLength(1);
      makeKey(sshFolder(home), 'id_rsa');
      const beside = asking('secret');
      const offer = await offerFor({ home, askSecret: beside.askSecret });
      expect(names(offer)).toEqual(['~/.ssh/id_rsa (ED25519)']);
      expect(beside.asked).toEqual([]);
      expect(offer.withheld[0]).toMatch(/^~\/.ssh\/id_ed25519: encrypted: add it to the agent .*--key/);
    });

    it('are asked for three times, and an empty one gives up', async () => {
      const home = homeWith('unused');
      const file = locked(home, 'key');
      for (const [answers, questions] of [
        [['no', 'no', 'no', 'secret'], 3],
        [[''], 1],
      ] as const) {
        const { asked, askSecret } = asking(...answers);
        expect((await offerFor({ home, askSecret }, file)).withheld[0]).toMatch(
          /^~\/.ssh\/key: encrypted, and it was not/,
        );
        expect(asked).toHaveLength(questions);
      }
    });

    it('that are wrong in the environment are told', async () => {
      const home = homeWith('unused');
      const file = locked(home, 'key');
      expect((await offerFor({ home, passphrase: 'wrong' }, file)).withheld[0]).toMatch(
        /TWLINT_SSH_PASSPHRASE/,
      );
      await expect(offerFor({ home, keyFiles: [file] })).rejects.toThrow(
        /--key ~\/.ssh\/key: encrypted: .*ssh-add/,
      );
    });
  });

  it('an agent that can not be asked is told, and does not hold up the rest', async () => {
    const { file } = makeKey(scratchFolder(), 'key');
    const offer = await offerFor({ agentSocket: '/nowhere/agent' }, file);
    expect(offer.identities).toHaveLength(1);
    expect(offer.withheld).toEqual([
      expect.stringMatching(/^the ssh-agent at \/nowhere\/agent can't be asked: /),
    ]);
  });

  it('an agent without keys is told', async () => {
    const { socket } = await startAgent();
    expect((await offerFor({ agentSocket: socket })).withheld).toEqual([
      'the ssh-agent holds no key that can be used',
    ]);
  });
});
