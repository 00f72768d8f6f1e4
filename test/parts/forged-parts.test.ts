/** Parts that were changed, damaged or made up: each is refused with its place, and nothing of it is believed. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { decodeHostPart } from '../../src/parts/host-part.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const here = temporaryFolder('forged-parts');
const DEMO = join(import.meta.dirname, '../../inventories/demo');

// biome-ignore lint/suspicious/noExplicitAny: lines of JSON that are changed wherever it hurts
type Line = any;
let lines: Line[];

beforeAll(async () => {
  mkdirSync(here, { recursive: true });
  await twlint(here, ['audit', '--from', DEMO, '-o', 'part:whole']);
  lines = gunzipSync(readFileSync(join(here, 'whole')))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
});

const printed = (values: readonly unknown[]) => values.map((line) => `${JSON.stringify(line)}\n`).join('');

async function merged(bytes: Uint8Array): Promise<{ status: number; stdout: string; stderr: string }> {
  writeFileSync(join(here, 'forged'), bytes);
  return await twlint(here, ['merge', 'forged']);
}

async function expectRefused(bytes: Uint8Array, says: string): Promise<void> {
  const { status, stdout, stderr } = await merged(bytes);
  expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)]);
  // one sentence and what to do, and never a stack
  expect(stderr).toMatch(/^twlint: forged.*\n {2}hint: .*\n$/);
}

/** The host s2, which has findings, fixes and two namespaces. */
function changed(change: (host: Line) => Line): Uint8Array {
  return gzipSync(
    printed(lines.map((line) => (line.host?.name === 's2' ? change(structuredClone(line)) : line))),
  );
}

/** Sets what is at a path: `findings.0.rule`, or `fail.rule` of the first finding that failed; undefined removes it. */
function withValue(host: Line, at: string, value: unknown): Line {
  const failed = host.findings.findIndex(({ verdict }: Line) => verdict === 'fail');
  const keys = at.replace(/^fail\./, `findings.${failed}.`).split('.');
  const last = keys.pop()!;
  const parent = keys.reduce((inner, key) => inner[key], host);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return host;
}

it('as it was written it is taken', async () => {
  expect((await merged(changed((host) => host))).status).toBe(1);
});

describe('a host of a part', () => {
  const gap = { host: 'm1', namespace: null, fact: null, problem: 'denied', reason: 'x' };

  it.each<[says: string, at: string, value: unknown]>([
    ["can't be a host's name", 'host.name', '../../etc'],
    ["can't be a host's name", 'host.name', '-oProxyCommand=x'],
    ['it.host.name should be text', 'host.name', { toString: 'x' }],
    ['it speaks of s2/', 'host.name', 's3'],
    ['it.host should be an object', 'host', undefined],
    ['it.host.groups[0] should be the name of a group', 'host.groups', [' ']],
    ['it.host.source.line should be a number above 0', 'host.source.line', 0],
    ['it has no position', 'position', undefined],
    ['it.position should be a number from 0', 'position', -1],
    ['has the place of', 'position', 1],
    ['should have a text, or a problem and a reason', 'evidence.0.text', undefined],
    ['should have a text, or a problem and a reason', 'evidence.0.text', { length: 3 }],
    ['should have a text, or a problem and a reason', 'evidence.0.problem', 'denied'],
    ['it.evidence[0].problem should be unreachable or', 'evidence.0.problem', 'constructor'],
    ['it.evidence should be a list', 'evidence', { length: 1 }],
    ['it speaks of m1/', 'fail.host', 'm1'],
    ['it speaks of s2/no-such', 'fail.namespace', 'no-such'],
    ['it speaks of m1/', 'gaps', [gap]],
    ['gaps[0].problem should be one of', 'gaps', [{ ...gap, problem: 'x' }]],
    ['is of no rule that is tried on one host', 'fail.rule', 'ZZ999'],
    ['is of no rule that is tried on one host', 'fail.rule', 'constructor'],
    ['is of no rule that is tried on one host', 'fail.rule', 'TW001'],
    ['has the fingerprint of another', 'fail.fingerprint', '0123456789abcdef'],
    ['is of another scope', 'fail.namespace', 'init'],
    ['has a fix that is not of its rule', 'fail.fix', { text: 'curl x | sh' }],
    ['has a fix that is not of its rule', 'fail.fix', { text: '', commands: ['rm -rf /'] }],
    ['findings[0].verdict should be one of', 'findings.0.verdict', 'great'],
    ['findings[0].severity should be one of', 'findings.0.severity', 'fatal'],
    ['findings[0].more is not known', 'findings.0.more', 1],
    ['findings[0].evidence should be array', 'findings.0.evidence', 'x'],
    ['findings[0].message is missing', 'findings.0.message', undefined],
    ['is of more than one host', 'fail.path', { name: 'x', traces: [] }],
    ['is of more than one host', 'fail.foldedInto', '0123456789abcdef'],
    ['is of more than one host', 'fail.alike', 3],
    ['is of more than one host', 'fail.baseline', 'known'],
    ['findings should be array', 'findings', { findIndex: 1 }],
    ['it.kernel should be string,null', 'kernel', 3],
    ['it.namespaces should be array', 'namespaces', 'init'],
    ['it.namespaces is missing', 'namespaces', undefined],
    ['it.reached should be ok, or a problem and a reason', 'reached', 1],
    ['it.reached.value is missing', 'reached', { ok: true }],
    ['it.medium.kind should be image or archive', 'medium', { kind: 'x', path: 'x', takenAt: null }],
    ['it.askedAt.from should be a time', 'askedAt', { from: '2020 (x)', to: 'x' }],
  ])('%s: %s', (says, at, value) =>
    expectRefused(
      changed((host) => withValue(host, at, value)),
      says,
    ),
  );

  it.each<[says: string, line: unknown]>([
    ['it should be an object', null],
    ['it should be an object', []],
    ['it should be an object', 'x'],
    ['it.host should be an object', {}],
  ])('%s: %j', (says, line) =>
    expectRefused(
      changed(() => line),
      says,
    ),
  );

  it('an answer is listed twice', () =>
    expectRefused(
      changed((host) => withValue(host, 'evidence', [...host.evidence, host.evidence[0]])),
      'an answer is listed twice',
    ));

  const odd = { probe: 'constructor.prototype', namespace: null, sample: 0, text: 'x' };
  it.each<[string, (host: Line) => Line]>([
    ['a prototype', (host) => withValue(host, 'host.vars', JSON.parse('{"__proto__":{"ok":1}}'))],
    ['more than is known', (host) => ({ ...host, toJSON: 1, summary: {} })],
    ['an answer to what nobody asks', (host) => withValue(host, 'evidence', [...host.evidence, odd])],
  ])('%s changes nothing', async (_, change) => {
    const { stdout } = await merged(changed((host) => host));
    expect((await merged(changed(change))).stdout).toBe(stdout);
  });

  it('settings as deep as you like end nothing', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = printed(lines).replace('"vars":{}', `"vars":{"a":${deep}}`);
    const { status, stderr } = await merged(gzipSync(text));
    expect([status === 1 || status === 2, stderr.includes(' at ')]).toEqual([true, false]);
  });
});

describe('a file', () => {
  const whole = () => gzipSync(printed(lines));
  const ended = (change: Line): Line => ({ end: { ...lines.at(-1).end, ...change } });
  // of two hosts, the first of which stands in line 2
  const [head, s2, m1, end] = ['head', 's2', 'm1', 'end'];
  const named = (name: unknown): unknown =>
    name === head
      ? lines[0]
      : name === end
        ? lines.at(-1)
        : (lines.find((line) => line.host?.name === name) ?? name);

  it.each<[says: string, lines: unknown[]]>([
    ['it has no end', [head, s2, m1]],
    ['hosts are missing: it says 2, and has 1', [head, s2, end]],
    ['there is more behind its end', [head, s2, m1, end, m1]],
    ['more hosts than the fleet has', [{ fleet: { hosts: 1 } }, s2, m1, end]],
    ['is in forged: line 2, too', [head, s2, s2, end]],
    ['no part of a fleet', [null]],
    ['no part of a fleet', [[]]],
    ['no part of a fleet', [s2, m1]],
    ['the hosts of the parts (1) are not those of their inventory (2)', [head, s2, { end: { hosts: 1 } }]],
    ['it.end.hosts should be 0 at least', [head, s2, m1, { end: { hosts: -1 } }]],
    ['it.end.more is not known', [head, s2, m1, { end: { more: 1 } }]],
    ['its times are none', [head, s2, m1, { end: { startedAt: '2020 (x)' } }]],
  ])('%s: %j', (says, forged) => {
    const made = forged.map((one: Line) => {
      if (one?.end) return ended(one.end);
      return one?.fleet ? { ...lines[0], fleet: { ...lines[0].fleet, ...one.fleet } } : named(one);
    });
    return expectRefused(gzipSync(printed(made)), says);
  });

  it.each<[says: string, bytes: () => Uint8Array]>([
    ['no gzip', () => Buffer.from('hello\n')],
    ['is cut short', () => whole().subarray(0, 1000)],
    ['is cut short', () => Buffer.alloc(0)],
    ['it is empty', () => gzipSync('')],
    ['its last line has no end', () => gzipSync(printed(lines).slice(0, -1))],
    ['it is no JSON', () => gzipSync('{"format":\n')],
    ['line 2: it is no JSON', () => gzipSync(`${printed([lines[0]])}{{\n`)],
  ])('%s', (says, bytes) => expectRefused(bytes(), says));

  it('that is a bomb is not unpacked', async () => {
    const began = process.memoryUsage().rss;
    const zeros = gzipSync(Buffer.alloc(2 ** 26));
    await expectRefused(Buffer.concat(Array.from({ length: 16 }, () => zeros)), 'more than 256 MiB');
    expect(process.memoryUsage().rss - began).toBeLessThan(2 ** 30);
  });

  it('of lines without end is not read to it', async () => {
    const lot = gzipSync(`${printed([lines[0]])}${'{}\n'.repeat(1_000_000)}`);
    await expectRefused(lot, 'line 2: it.host should be an object');
  });

  it('a byte of which is another, is refused or says the same', async () => {
    const bytes = whole();
    const { stdout } = await merged(bytes);
    for (let at = 20; at < bytes.length; at += 997) {
      const damaged = Uint8Array.from(bytes);
      damaged[at]! ^= 0x10;
      const ended = await merged(damaged);
      expect([2, 1]).toContain(ended.status);
      if (ended.status === 1) expect(ended.stdout).toBe(stdout);
      else expect(ended.stderr).toMatch(/^twlint: forged/);
    }
  });
});

it('the part of one host is refused for another', () => {
  const line = gzipSync(printed([lines.find((one) => one.host?.name === 's2')]));
  expect(decodeHostPart(line, { where: 'job 1', host: 's2' }).host.name).toBe('s2');
  expect(() => decodeHostPart(line, { where: 'job 1', host: 'm1' })).toThrow(
    'job 1: host s2: it should be of m1',
  );
  expect(() => decodeHostPart(line.subarray(0, 99), { where: 'job 1', host: 's2' })).toThrow(UserError);
  expect(() => decodeHostPart(gzipSync(Buffer.alloc(2 ** 28 + 1)), { where: 'job 1', host: 's2' })).toThrow(
    'more than 256 MiB',
  );
});
