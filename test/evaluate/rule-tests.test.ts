import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserErrors } from '../../src/errors.ts';
import { runRuleTests } from '../../src/evaluate/rules/rule-tests.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import type { Snapshot } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('rules');

const text = (id: string, tests: string) => `
id: ${id}
title: A rule for tests
severity: note
scope: netns
assert: sysctl['net.ipv4.ip_forward'] == 1
message: it is {{ sysctl['net.ipv4.ip_forward'] }}
why: Since it is so.
fix: { text: Mend it. }
references: [https://docs.kernel.org/]
tests:
  - { name: off, given: { sysctl: { net.ipv4.ip_forward: 0 } }, expect: fail }
  - { name: on, given: { sysctl: { net.ipv4.ip_forward: 1 } }, expect: pass }
  - { name: not known, given: { sysctl: denied }, expect: unknown }
${tests}`;

function write(path: string, content: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), content);
  return join(folder, path);
}

const load = (...paths: string[]) => loadRules(paths, { builtin: false, cwd: folder });

/** Two hosts that say the same, but for one setting. */
function snapshot(): Snapshot {
  const hosts = [0, 1].map((forward) => ({
    host: { name: `h${forward}`, source: { file: 'hosts.yaml', line: 1, column: 1 }, groups: [], vars: {} },
    reached: { ok: true as const, value: null },
    evidence: [
      {
        probe: 'sysctl.values',
        namespace: '0',
        sample: 0 as const,
        answer: { ok: true as const, value: `/proc/sys/net/ipv4/ip_forward:${forward}\n` },
      },
    ],
  }));
  return { startedAt: '', finishedAt: '', interrupted: false, hosts };
}

describe("a rule's own tests", () => {
  it('say what came instead', () => {
    const path = write(
      'wrong/one.yaml',
      text(
        'ZZ001',
        `  - { name: wrong verdict, given: { sysctl: { net.ipv4.ip_forward: 0 } }, expect: pass }
  - name: wrong words
    given: { sysctl: { net.ipv4.ip_forward: 0 } }
    expect: { verdict: fail, message: it is 2 }
  - { name: not enough is given, given: {}, expect: pass }
`,
      ),
    );
    const results = runRuleTests(load(path)[0]!, snapshot).filter(({ ok }) => !ok);
    expect(results.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'wrong verdict: expected pass, got fail: it is 0',
      'wrong words: expected a message with "it is 2", got fail: it is 0',
      "not enough is given: expected pass, got unknown: it can't be told: there is no net.ipv4.ip_forward",
    ]);
  });

  it('may be recorded evidence, in a folder beside the rule', () => {
    const tests = `  - { name: two hosts, evidence: fleet, expect: { fail: [h0/init], pass: [h1/init], unknown: [] } }
  - { name: the other way round, evidence: fleet, expect: { fail: [h1/init] } }
`;
    const path = write('recorded/one.yaml', text('ZZ001', tests));
    const read: string[] = [];
    const results = runRuleTests(load(path)[0]!, (where) => {
      read.push(where);
      return snapshot();
    });
    expect(read).toEqual([join(folder, 'recorded/one/fleet'), join(folder, 'recorded/one/fleet')]);
    expect(results.slice(3).map(({ detail }) => detail)).toEqual([
      '',
      'expected fail on h1/init, got h0/init',
    ]);
  });

  it('can not reach for evidence elsewhere', () => {
    const tests = '  - { name: elsewhere, evidence: ../../other, expect: { fail: [h0/init] } }\n';
    const path = write('elsewhere/one.yaml', text('ZZ001', tests));
    expect(() => load(path)).toThrow(/evidence should be the name of a folder/);
  });
});

describe('rules are loaded', () => {
  it('from folders below folders, through links, each once, sorted by id; evidence is none', () => {
    write('many/topic/two.yaml', text('ZZ002', ''));
    write('many/one.yaml', text('ZZ001', ''));
    write('many/one/case/hosts.yaml', 'all: {}\n');
    write('many/.hidden/three.yaml', text('ZZ003', ''));
    write('many/notes.txt', 'no rule');
    write('linked/four.yaml', text('ZZ004', ''));
    symlinkSync(join(folder, 'linked'), join(folder, 'many/linked'));
    symlinkSync(join(folder, 'many'), join(folder, 'many/round'));
    const rules = load('many', join('many', 'one.yaml'), 'many');
    expect(rules.map(({ id, name, source }) => [id, name, source.file])).toEqual([
      ['ZZ001', 'one', 'many/one.yaml'],
      ['ZZ002', 'topic/two', 'many/topic/two.yaml'],
      ['ZZ004', 'linked/four', 'many/linked/four.yaml'],
    ]);
  });

  it('beside the built-in ones, whose ids are taken', () => {
    write('taken/one.yaml', text('TW002', ''));
    expect(() => loadRules(['taken'], { builtin: true, cwd: folder })).toThrow(
      /taken\/one\.yaml:2:5: TW002 is the id of rules\/timewait\/tw-recycle-with-nat\.yaml/,
    );
  });

  it('or none at all, when there is nothing at a path, or a file is wrong', () => {
    write('half/good.yaml', text('ZZ001', ''));
    write('half/bad.yaml', text('ZZ002', '').replace('assert: sysctl', 'assert: sysctls'));
    expect(() => load('half', 'nowhere')).toThrow(UserErrors);
    expect(() => load('half', 'nowhere')).toThrow(
      /^nowhere: there is no such file or folder\nhalf\/bad\.yaml:6:9: "sysctls" is not a fact/,
    );
  });
});
