/** Every command line of README and docs is one that twlint takes, and those of blocks run. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../src/commands/index.ts';
import { plainArguments } from '../src/commands/lib/arguments.ts';
import { temporaryFolder } from './temporary.ts';
import { twlint } from './twlint.ts';

const ROOT = join(import.meta.dirname, '..');
const commands = await allCommands();
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...markdownIn('docs')];

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** What is typed behind `twlint` on lines of blocks and in code within a sentence. */
function commandLines(text: string): string[] {
  const blocks = linesOfBlocks(text);
  const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, code]) =>
    code!.replaceAll(/\s+/g, ' '),
  );
  return [...blocks, ...inline].flatMap(typedIn);
}

const linesOfBlocks = (text: string): string[] =>
  [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!.replaceAll(/\\\n/g, ' ').split('\n'),
  );

/** What a line types behind `twlint`; empty: it types nothing that is one. */
function typedIn(line: string): string[] {
  const [, typed] = /(?:^|[|;&(] *|run: )\$? ?(?:npx |sudo )?twlint ([a-z].*)$/.exec(line) ?? [];
  // a command's name, what it takes in brackets, and what a screen shows are no command lines
  return typed === undefined || /\.\.\.|…|\[-|^\w+$|^\w+ {2}/.test(typed) ? [] : [typed];
}

function words(typed: string): string[] {
  const plain = typed.replace(/\s+#.*$|\s+[|>].*$|\s*[;)].*$|\s+\|\|.*$|\s+&&.*$/, '');
  return [...plain.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
}

describe.each(pages)('%s', (page) => {
  const lines = [...new Set(commandLines(readFileSync(join(ROOT, page), 'utf8')))];
  if (lines.length === 0) return it('has no command line', () => undefined);
  it.each(lines)('twlint %s', (line) => {
    const argv = words(line);
    // what is no command is a sentence about twlint
    if (!commands.some(({ name }) => name.split(' ')[0] === argv[0])) return;
    expect(() => plainArguments(argv, commands)).not.toThrow();
  });
});

/** Files that the pages speak of. The hosts are of a kind that is not asked, as nothing is there that could answer. */
const FILES: Record<string, string> = {
  'hosts.yaml':
    'all: { vars: { ansible_connection: winrm }, hosts: { web1: }, children: { directors: { hosts: { lb-1: , lb-2: } } } }',
  'nodes.yaml': 'all: { hosts: {} }',
  'golden/rootfs/etc/os-release': 'ID=debian\n',
  'golden.tar/etc/os-release': 'ID=debian\n',
  'ticket/s2/iptables-save': '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n',
};
/** The first block of the page that has a file. */
const yamlOf = (page: string): string =>
  /```yaml\n([\s\S]*?)^```/m.exec(readFileSync(join(ROOT, page), 'utf8'))![1]!;
FILES['intents.yaml'] = yamlOf('docs/before-a-change.md');

/** Of snapshots, archives and answers alike, a snapshot will do. */
const SNAPSHOTS = [
  ...['evidence', 'sosreport-s2-2026-11-25-evpwxcy.tar.xz', 'lb-1.txt', 'n1.txt'],
  ...['inventories/demo', 'monday', 'tuesday'],
];

describe('the command lines of blocks', () => {
  const here = temporaryFolder('docs-commands');
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(here, dirname(name)), { recursive: true });
    writeFileSync(join(here, name), text);
  }
  for (const name of SNAPSHOTS) cpSync(join(ROOT, 'inventories/demo'), join(here, name), { recursive: true });
  const runs = pages.flatMap((page) =>
    [...new Set(linesOfBlocks(readFileSync(join(ROOT, page), 'utf8')).flatMap(typedIn))]
      .map((line) => [page, line] as const)
      .filter(([, line]) => commands.some(({ name }) => name.split(' ')[0] === words(line)[0]))
      // a demo and a watch have tests of their own; what a shell replaces or another command prints is not here, nor
      // several fleets, nor a host or a Redis that answers
      .filter(
        ([, line]) =>
          !/^(demo|watch)\b|^(plan|trace|why) -i|--via|--queue|--expr|-i - |\$|--from \S+ --from|\/\*/.test(
            line,
          ),
      ),
  );
  // in the order of the pages: what one keeps, another reads
  it.each(runs)('of %s: twlint %s', async (_page, line) => {
    const { status, stderr } = await twlint(here, words(line), { stdin: FILES['ticket/s2/iptables-save']! });
    expect([status === 2, stderr.includes('internal error')], stderr).toEqual([false, false]);
  });
});
