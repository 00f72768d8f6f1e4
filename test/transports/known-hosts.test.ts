import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fingerprint,
  indexKnownHosts,
  type KnownHost,
  knownHostName,
  parseKnownHosts,
} from '../../src/transports/known-hosts/known-hosts.ts';
import { describeWhere } from '../needs.ts';
import { dataFolder } from './connecting.ts';
import { fileIn, scratchFolder } from './folder.ts';
import { makeKey } from './keygen.ts';

const folder = join(dataFolder, 'known-hosts');
const files = readdirSync(folder).map((name) => {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  return { name, path, text, parsed: parseKnownHosts(text, name), expected: expectations(text) };
});

/** `# expect lb-1: 2 10` and `# malformed 5 7`, in the file itself. */
function expectations(text: string) {
  const numbers = (words: string) => words.split(' ').filter(Boolean).map(Number);
  const [, malformed = ''] = /^# malformed (.*)$/m.exec(text) ?? [];
  const asked = [...text.matchAll(/^# expect (.*?): ?([\d ]*)$/gm)];
  return {
    malformed: numbers(malformed),
    found: asked.map(([, name, lines]) => ({ name: name!.toLowerCase(), lines: numbers(lines!) })),
  };
}

const found = (hosts: KnownHost[], name: string) =>
  indexKnownHosts(hosts)(name)
    .sort((a, b) => a.line - b.line)
    .map(({ line, marker }) => `${line} ${marker}`);

/** What ssh-keygen finds, in the same words. */
function foundByKeygen(path: string, name: string): string[] {
  const marker: Record<string, string> = { CA: 'cert-authority', REVOKED: 'revoked', '': 'none' };
  const { stdout } = spawnSync('ssh-keygen', ['-l', '-F', name, '-f', path], { encoding: 'utf8' });
  // # Host lb-1 found: line 10 REVOKED
  return [...stdout.matchAll(/^# Host .* found: line (\d+) ?(\w*) *$/gm)].map(
    ([, line, mark]) => `${line} ${marker[mark!]}`,
  );
}

describe.each(files)('$name', ({ parsed, expected }) => {
  it('expects something', () => expect(expected.found.length).toBeGreaterThan(0));

  it.each(expected.found)('$name stands in lines $lines', ({ name, lines }) => {
    expect(
      indexKnownHosts(parsed.hosts)(name)
        .map(({ line }) => line)
        .sort((a, b) => a - b),
    ).toEqual(lines);
  });

  it('tells the lines that it can not understand', () =>
    expect(parsed.malformed).toEqual(expected.malformed));
});

describeWhere({ programs: ['ssh-keygen'] }, 'as ssh-keygen finds them', () => {
  it.each(files)('$name', ({ path, parsed, expected }) => {
    for (const { name } of expected.found)
      expect([name, found(parsed.hosts, name)]).toEqual([name, foundByKeygen(path, name)]);
  });

  it.each(files)('$name, hashed by ssh-keygen -H', ({ text, expected }) => {
    const path = fileIn(scratchFolder(), 'known_hosts', text);
    spawnSync('ssh-keygen', ['-H', '-f', path]);
    const hashed = readFileSync(path, 'utf8');
    const { hosts } = parseKnownHosts(hashed, 'known_hosts');
    for (const { name } of expected.found)
      expect([name, found(hosts, name)]).toEqual([name, foundByKeygen(path, name)]);
  });

  it('any list of patterns', () => {
    const key = makeKey(scratchFolder(), 'key').publicLine;
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', '-'), minLength: 1, maxLength: 4 });
    const glob = fc.string({
      unit: fc.constantFrom('a', 'b', '.', '1', '*', '?', '['),
      minLength: 1,
      maxLength: 4,
    });
    const pattern = fc
      .tuple(fc.constantFrom('', '', '!'), fc.oneof(word, glob))
      .map((parts) => parts.join(''));
    const list = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => patterns.join(','));
    const lines = fc.array(list, { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(lines, fc.array(word, { minLength: 5, maxLength: 5 }), (lists, names) => {
        const text = lists.map((hosts) => `${hosts} ${key}\n`).join('');
        const path = fileIn(scratchFolder(), 'known_hosts', text);
        const { hosts } = parseKnownHosts(text, path);
        for (const name of names) expect(found(hosts, name)).toEqual(foundByKeygen(path, name));
      }),
      { numRuns: 20 },
    );
  });

  it('the fingerprint', () => {
    const { file, publicKey } = makeKey(scratchFolder(), 'key', { kind: 'ecdsa' });
    const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' });
    expect(stdout.split(' ')[1]).toBe(fingerprint(publicKey));
  });
});

it('calls a host as known_hosts does', () => {
  expect(knownHostName('LB-1.example', 22)).toBe('lb-1.example');
  expect(knownHostName('2001:DB8::1', 2222)).toBe('[2001:db8::1]:2222');
});

it('never throws, whatever a file holds', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      (text, name) => void indexKnownHosts(parseKnownHosts(text, 'f').hosts)(name),
    ),
  );
});
