/** Finding the network namespaces of a machine, under each shell that hosts have. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { insidePrelude, namespaceFunctions } from '../../src/transports/script/prelude.ts';
import { NAMESPACE_CAP } from '../../src/transports/script/script.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { answers, fact, ownNamespace, SHELLS, scriptFor } from './asking.ts';

const NOBODY = 65534;

interface Namespaces {
  list: { inode: string; name: string; processes: string[] }[];
}

/**
 * A machine of its own: process and mount namespaces that end with the shell that asks. In it: a namespace with a name
 * and two programs, what `ip netns` leaves of a name when a machine restarts, a namespace with twelve programs, one
 * with a program whose name tries to forge a line, and a process that has ended and that nobody waits for.
 */
const MACHINE = String.raw`mount -t tmpfs tmpfs /run && mkdir /run/netns || exit
ip netns add blue && : >/run/netns/gone || exit
mkfifo /run/wait && exec 9<>/run/wait
ip netns exec blue sleep 60 &
ip netns exec blue tail -f /dev/null &
named='printf "%s" "$1" >/proc/$$/comm; read wait'
unshare -n sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sh -c "$1" sh "program $i" <&9 & done; wait' sh "$named" &
unshare -n sh -c "$named" sh 'x\nnetns 1 /a b' <&9 &
sh -c 'sleep 0 & exec sleep 60' &
until
  grep -qsx sleep /proc/[0-9]*/comm && grep -qsx tail /proc/[0-9]*/comm && grep -qs '^State:.Z' /proc/[0-9]*/status &&
  grep -qsx 'program 12' /proc/[0-9]*/comm && grep -qsF 'netns 1' /proc/[0-9]*/comm
do sleep 0.05; done
exec "$@"
`;

describeWhere(
  { root: true, programs: ['dash', 'busybox', 'bash', 'ip', 'unshare', 'nsenter'] },
  'a machine',
  () => {
    let folder = '';
    beforeAll(() => {
      folder = temporaryFolder('namespaces');
    });

    const asked = (command: string[], script: string) => {
      const file = join(folder, 'script');
      writeFileSync(file, script);
      const machine = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', MACHINE, 'sh'];
      return answers([...machine, ...command, file], '');
    };

    it.each(SHELLS)('is seen whole, with %s', async (_, command) => {
      const frames = await asked(command, scriptFor('all'));
      const { value, partial } = fact<Namespaces>(frames, 'namespaces', null);
      const programs = value.list.map(({ processes }) => processes);
      expect(partial).toBeUndefined();
      expect(value.list).toHaveLength(4);
      expect(value.list[0]).toMatchObject({ name: 'init', inode: ownNamespace(frames), processes: [] });
      expect(value.list.find(({ name }) => name === 'blue')?.processes.sort()).toEqual(['sleep', 'tail']);
      expect(programs.find((names) => names.includes('program 1'))).toHaveLength(8);
      expect(programs).toContainEqual(['x\\nnetns 1 /a b']);
      for (const { inode } of value.list) {
        expect(fact(frames, 'counters', inode).value).toHaveProperty(['total', 'ListenDrops']);
        expect(fact(frames, 'sysctl', inode).value).toHaveProperty(['net.core.somaxconn']);
      }
    });

    it.each(SHELLS)('says how many namespaces were left out, with %s', async (_, command) => {
      const script = scriptFor('all').replace(`CAP=${NAMESPACE_CAP}`, 'CAP=1');
      const { value, partial } = fact<Namespaces>(await asked(command, script), 'namespaces', null);
      expect(value.list).toHaveLength(2);
      expect(partial).toBe('2 more namespaces were not looked at');
    });

    it.each(SHELLS)('says that a plain user does not see all, with %s', async (_, command) => {
      const frames = await answers(command, scriptFor('all'), NOBODY);
      expect(fact(frames, 'namespaces', null).partial).toMatch(/processes could not be read/);
    });
  },
);

/** Names that a file may have, and whether a namespace of that name is asked. */
const NAMES: [name: string, asked: boolean][] = [
  ['blue', true],
  ['a\nl -> net:[0;touch X;known=]', false],
  ['l -> net:[0;touch X;known=]', false],
  ['lrwx x -> net:[4026532999]', false],
  ['a\n4026532999 blue', false],
  ['lrwx 1 0 0 0 Jan 1 0:00 x\n4026532999 X', false],
  ['$(touch X)', false],
  ['$(touch\tX)', false],
  ['; touch X; echo', false],
  ['\u001b[31mred', false],
  ['bell\u0007', false],
  ['caf\u00e9', false],
  ['a..b', false],
  ['..a', false],
  ['>X', true],
  ['`id>X`', true],
  ['$(id>X)', true],
  ['$IFS', true],
  ['*', true],
  ['?', true],
  ['[a-z]', true],
  ['{a,b}', true],
  ['-n', true],
  ['--help', true],
  ['%s%n', true],
  ['back\\slash', true],
  ['\\n', true],
  ["quote'", true],
  ['double"', true],
  ['~', true],
  ['!x', true],
  ['a&b', true],
  ['a|b', true],
  ['4026532281', true],
  ['unseen:', true],
];

/** A namespace for each name, on a machine of its own; `$0` is how many names there are. */
const NAMED = `mount -t tmpfs tmpfs /run && mkdir /run/netns || exit
for i in $(seq "$0"); do
  : >"/run/netns/$1" && unshare --net="/run/netns/$1" true || exit
  shift
done
exec "$@"
`;

describeWhere({ root: true, programs: ['dash', 'busybox', 'bash', 'unshare', 'nsenter'] }, 'names', () => {
  const folder = temporaryFolder('names');
  const script = join(folder, 'script');

  it.each(SHELLS)('run nothing, with %s', async (_, command) => {
    writeFileSync(script, scriptFor('all', ['namespaces', 'counters']));
    const machine = [
      'unshare',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      'sh',
      '-c',
      `cd ${folder} && ${NAMED}`,
    ];
    const names = NAMES.map(([name]) => name);
    const frames = await answers([...machine, String(names.length), ...names, ...command, script], '');
    expect(readdirSync(folder)).toEqual(['script']);
    const { value, partial } = fact<Namespaces>(frames, 'namespaces', null);
    const asked = NAMES.filter(([, asked]) => asked).map(([name]) => name);
    expect(value.list.map(({ name }) => name).toSorted()).toEqual(['init', ...asked].toSorted());
    for (const { inode } of value.list)
      expect(fact(frames, 'counters', inode).value).toHaveProperty(['total', 'ListenDrops']);
    expect(partial).toMatch(
      new RegExp(
        `^${NAMES.length - asked.length} names in /run/netns have blanks, dots or .* not asked: [!-~]+$`,
      ),
    );
  });
});

describeWhere({ root: true, programs: ['dash', 'strace'] }, 'finding namespaces', () => {
  it('starts nothing for a single process', () => {
    const folder = temporaryFolder('namespaces');
    try {
      const trace = join(folder, 'trace');
      const input = `SCOPE=all CAP=${NAMESPACE_CAP}\n${insidePrelude}${namespaceFunctions}find_namespaces`;
      execFileSync('strace', ['-f', '-o', trace, '-e', 'trace=process', 'dash'], { input });
      const started = readFileSync(trace, 'utf8').match(/^\d+ +(?:clone|clone3|fork|vfork)\(/gm) ?? [];
      expect(started.length).toBeGreaterThan(5);
      expect(started.length).toBeLessThan(20);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
