import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
fix: { text: Fix it. }
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

  it('lies below the rules folder', () => {
    const tests = '  - { name: two hosts, evidence: fleet, expect: { fail: [h0/init] } }\n';
    const path = write('linked-evidence/one.yaml', text('ZZ001', tests));
    mkdirSync(join(folder, 'linked-evidence/one'));
    mkdirSync(join(folder, 'fleet-of-another'));
    symlinkSync(join(folder, 'fleet-of-another'), join(folder, 'linked-evidence/one/fleet'));
    const [rule] = load(path);
    expect(() => runRuleTests(rule!, snapshot)).toThrow(/one\/fleet: a link to .*, which is not read/);
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
    // as Kubernetes mounts a ConfigMap
    write('many/..2026_01/four.yaml', text('ZZ004', ''));
    symlinkSync('..2026_01', join(folder, 'many/..data'));
    symlinkSync('..data/four.yaml', join(folder, 'many/four.yaml'));
    symlinkSync(join(folder, 'many'), join(folder, 'many/round'));
    const rules = load('many', join('many', 'one.yaml'), 'many');
    expect(rules.map(({ id, name, source }) => [id, name, source.file])).toEqual([
      ['ZZ001', 'one', 'many/one.yaml'],
      ['ZZ002', 'topic/two', 'many/topic/two.yaml'],
      ['ZZ004', 'four', 'many/four.yaml'],
    ]);
  });

  it.each<[string, (path: string, secret: string) => void]>([
    ['a file that is a link', (path, secret) => symlinkSync(secret, path)],
    [
      'a file below a folder that is a link',
      (path, secret) => symlinkSync(join(secret, '..'), path.slice(0, -5)),
    ],
    [
      'a link by way of another',
      (path, secret) => {
        symlinkSync(secret, `${path}.hop`);
        symlinkSync(`${path}.hop`, path);
      },
    ],
  ])('from nowhere else, and nothing of what is there is told: %s', (_, link) => {
    const secret = write('elsewhere-too/secret.yaml', 'root:$6$canary:1:0:99999:7:::\nid: [canary\n');
    mkdirSync(join(folder, 'leaking'), { recursive: true });
    const path = join(folder, 'leaking/x.yaml');
    for (const old of [path, `${path}.hop`, path.slice(0, -5)]) rmSync(old, { force: true });
    link(path, secret);
    expect(() => load('leaking')).toThrow(
      /^leaking\/x(?:\.yaml)?: a link to .*, which is not read\n {2}hint: /,
    );
    expect(() => load('leaking')).not.toThrow(/canary/);
    if (existsSync(path)) expect(() => load('leaking/x.yaml')).toThrow(/a link to .*, which is not read/);
  });

  it('beside the built-in ones, whose ids are taken', () => {
    write('taken/one.yaml', text('TW002', ''));
    expect(() => loadRules(['taken'], { builtin: true, cwd: folder })).toThrow(
      /taken\/one\.yaml:2:5: TW002 is the id of rules\/timewait\/tw-recycle-with-nat\.yaml/,
    );
  });

  it('that supersede a built-in one, where the command line lets them', () => {
    write('hiding/one.yaml', text('ZZ001', '').replace('id: ZZ001', 'id: ZZ001\nsupersedes: [ZZ009, TW003]'));
    const options = { builtin: true, cwd: folder };
    expect(() => loadRules(['hiding'], options)).toThrow(
      /^hiding\/one\.yaml:3:\d+: TW003 is a built-in rule\n {2}hint: .*--allow-supersede$/,
    );
    expect(loadRules(['hiding'], { ...options, allowSupersede: true }).map(({ id }) => id)).toContain(
      'ZZ001',
    );
    expect(loadRules(['hiding'], { ...options, builtin: false })).toHaveLength(1);
  });

  it.each([
    ['itself', ['ZZ001']],
    ['what supersedes it', ['ZZ002']],
  ])('that supersede no circle of rules: %s', (_, supersedes) => {
    write('round/one.yaml', text('ZZ001', '').replace('ZZ001', `ZZ001\nsupersedes: [${supersedes}]`));
    write('round/two.yaml', text('ZZ002', '').replace('ZZ002', 'ZZ002\nsupersedes: [ZZ001]'));
    expect(() => load('round')).toThrow(
      /^round\/one\.yaml:2:5: ZZ001 supersedes itself, or what supersedes it/,
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
