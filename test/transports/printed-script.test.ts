/** The script that somebody else runs, and what a terminal, a paste or a forger makes of what it prints. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checksum } from '../../src/transports/script/checksum.ts';
import { printedScript, readPrinted } from '../../src/transports/script/printed-script.ts';
import type { Question, Questions } from '../../src/transports/script/script.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';

const question = (probe: string, ask: string): Question => ({ probe, ask, inside: true });
const questions: Questions = {
  host: [
    question('a.plain', 'printf "one\\ntwo"'),
    question('a.long', `printf "%0300d\\n" 7`),
    question('a.bytes', 'printf "\\377\\n"'),
    question('a.denied', 'denied "not for you"'),
    question('a.forged', 'printf "\\ntwlint-00000000000000000000000000000000 ~\\n"'),
  ],
  netns: [],
  namespaces: 'init',
};
const script = printedScript(questions, '0.1.0');

const folder = temporaryFolder('printed');
const run = (argv: string[], env = process.env, input = script): Buffer =>
  spawnSync(argv[0]!, argv.slice(1), { input, env, maxBuffer: 1 << 26 }).stdout;
const printed = run(['sh']);
const shown = (text: Buffer) => {
  const read = readPrinted(text, questions);
  if (!read.ok) return `${read.problem}: ${read.reason}`;
  return read.value.evidence.map(({ answer }) =>
    answer.ok ? answer.value : `${answer.problem}: ${answer.reason}`,
  );
};
const whole = [
  'one\ntwo',
  `${'7'.padStart(300, '0')}\n`,
  '\ufffd\n',
  'denied: not for you',
  '\ntwlint-00000000000000000000000000000000 ~\n',
];
const changed = (change: (text: string) => string): Buffer =>
  Buffer.from(change(printed.toString('latin1')), 'latin1');

for (const [name, argv, programs] of [
  ['sh', ['sh'], ['sh']],
  ['dash', ['dash'], ['dash']],
  ['bash', ['bash'], ['bash']],
  ['busybox ash', ['busybox', 'sh'], ['busybox']],
] as const)
  describeWhere({ programs: [...programs] }, `under ${name}`, () => {
    it('is read as it was printed, with its time', () => {
      const output = run([...argv]);
      expect(shown(output)).toEqual(whole);
      const read = readPrinted(output, questions);
      const takenAt = read.ok ? read.value.takenAt : null;
      expect(Math.abs(Date.parse(takenAt ?? '') - Date.now())).toBeLessThan(600_000);
    });
  });

it('prints no boundary twice', () => {
  const boundaryOf = (text: Buffer) => /twlint-[0-9a-f]{32}/.exec(text.toString('latin1'))![0];
  expect(boundaryOf(run(['sh']))).not.toBe(boundaryOf(printed));
});

it('takes it from a terminal, with what stands around it', () => {
  const prompt = '\x1b[?2004lroot@node-1:~# sh /tmp/s.sh\r\n';
  expect(
    shown(changed((text) => `${prompt}${text.replaceAll('\n', '\r\n')}\x1b[?2004hroot@node-1:~# `)),
  ).toEqual(whole);
  expect(shown(changed((text) => `${prompt}${text.replaceAll('\n', '\r\r\n')}logout\r\r\n`))).toEqual(whole);
  expect(shown(changed((text) => text.trim()))).toEqual(whole);
});

describeWhere({ programs: ['script'] }, 'a terminal of script(1)', () => {
  it('is one', () => {
    const file = join(folder, 'typescript');
    const path = join(folder, 's.sh');
    writeFileSync(path, script);
    // what is typed there would be shown among what is printed
    const output = run(['script', '-qc', `sh ${path}`, file], process.env, '');
    rmSync(file);
    expect(output.toString('latin1')).toContain('\r\n');
    expect(shown(output)).toEqual(whole);
  });
});

it.each<[string, (text: string) => string]>([
  ['a character is lost', (text) => text.replace('two', 'to')],
  ['a character is another', (text) => text.replace('two', 'twa')],
  ['a line is lost', (text) => text.replace('one\n', '')],
  ['lines are wrapped', (text) => text.replace(/[^\n]{80}/g, '$&\n')],
  ['a kernel writes between', (text) => text.replace('one\n', 'one\n[  12.3] eth0: link is down\n')],
  ['an answer is gone', (text) => text.replace(/twlint-\S+ < a\.denied[^>]*>\n/, '')],
])('believes nothing where %s', (_, change) => {
  expect(shown(changed(change))).toMatch(/^unparsable: it is not what the script printed/);
});

it('has two runs in two files', () => {
  expect(shown(Buffer.concat([printed, run(['sh'])]))).toMatch(
    /^unparsable: it holds the answers of two runs/,
  );
});

it('tells what is missing where it was cut off, wherever that was', () => {
  const end = printed.toString('latin1').lastIndexOf(' .\n');
  const first = printed.toString('latin1').indexOf(' >\n') + 3;
  for (let cut = first; cut < end; cut += 7) {
    const told = shown(printed.subarray(0, cut));
    expect(told).toHaveLength(5);
    for (const [i, answer] of [...told].entries())
      expect([
        whole[i],
        expect.stringMatching(/^truncated: what was printed ends before the script did/),
      ]).toContainEqual(answer);
  }
});

it('needs neither tee nor cksum', () => {
  const tools = ['date', 'readlink', 'ls', 'cat', 'sleep', 'grep', 'nsenter', 'printf', 'tr'];
  const path = join(folder, 'bin');
  spawnSync('sh', [
    '-c',
    `mkdir ${path}; for t in ${tools.join(' ')}; do ln -s "$(command -v $t)" ${path}/; done`,
  ]);
  // the script sets a PATH of its own once it asks
  const output = run(['/bin/sh'], { PATH: path });
  expect(output.toString('latin1')).not.toMatch(/ = \d+ \d+\n/);
  expect(shown(output)).toEqual(whole);
});

describe('checksum', () => {
  it('is that of cksum', () => {
    for (const size of [0, 1, 2, 255, 256, 65_536, 70_001]) {
      const bytes = randomBytes(size);
      const said = spawnSync('cksum', { input: bytes }).stdout.toString();
      expect(`${checksum(bytes)} ${size}\n`).toBe(said);
    }
  });
});
