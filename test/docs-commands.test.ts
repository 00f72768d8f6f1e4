/** Every command line of README and docs is one that twlint takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCommands } from '../src/commands/index.ts';
import { plainArguments } from '../src/commands/lib/arguments.ts';

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
  const blocks = [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!.replaceAll(/\\\n/g, ' ').split('\n'),
  );
  const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(([, code]) =>
    code!.replaceAll(/\s+/g, ' '),
  );
  return [...blocks, ...inline].flatMap((line) => {
    const [, typed] = /(?:^|[|;&(] *|run: )\$? ?(?:npx |sudo )?twlint ([a-z].*)$/.exec(line) ?? [];
    // a command's name, what it takes in brackets, and what a screen shows are no command lines
    return typed === undefined || /\.\.\.|…|\[-|^\w+$|^\w+ {2}/.test(typed) ? [] : [typed];
  });
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
