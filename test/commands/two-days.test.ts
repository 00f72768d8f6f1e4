/** A gate over two days: a baseline and waivers on the first; on the second a host is worse, a waiver over, a host down. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../src/collect/snapshot.ts';
import type { HostEvidence, Snapshot } from '../../src/model.ts';
import { temporaryFolder } from '../temporary.ts';
import { type Ended, twlint } from '../twlint.ts';

const DEMO = join(import.meta.dirname, '../../inventories/demo');
const here = temporaryFolder('two-days');
const demo = readSnapshot(DEMO);
const model = demo.hosts.find(({ host }) => host.name === 's2')!;
const NAMES = Array.from({ length: 20 }, (_, i) => `h${i + 1}`);

/** A host like the demo's, without its containers, its director and its counters. */
function hostLike(name: string, replaced: Record<string, string> = {}): HostEvidence {
  const keys = Object.entries({ 'tcp_tw_recycle:1': 'tcp_tw_recycle:0', ...replaced });
  const change = (text: string) => keys.reduce((all, [from, to]) => all.replaceAll(from, to), text);
  return {
    ...model,
    host: { ...model.host, name },
    evidence: model.evidence
      .filter(({ namespace, probe }) => namespace !== '4026532201' && !/^(ipvs|keepalived)\./.test(probe))
      .map((one) =>
        one.probe === 'sysctl.values' && one.answer.ok
          ? { ...one, answer: { ok: true, value: change(one.answer.value) } }
          : one,
      ),
  };
}

const snapshotOf = (hosts: HostEvidence[]): Snapshot => ({ ...demo, hosts });
const NO_COOKIES = { 'tcp_syncookies:1': 'tcp_syncookies:0' };
const SOMETIMES = { 'tcp_timestamps:1': 'tcp_timestamps:0' };
const RULES = ['--rule', 'LS003', '--rule', 'TW011'];

const waiver = (rule: string, hosts: string, until: string) =>
  `  - { rule: ${rule}, hosts: ${hosts}, reason: known, owner: net-team, until: ${until} }\n`;
const gate = (until: string) =>
  writeFileSync(
    join(here, 'twlint.yaml'),
    `fail_on: note\nwaivers:\n${waiver('LS003', 'h1', '2999-12-31')}${waiver('LS003', 'h2', until)}`,
  );

/** h1, h2 and h4 are without cookies, h5 without timestamps. */
const first = (name: string): HostEvidence =>
  hostLike(name, ['h1', 'h2', 'h4'].includes(name) ? NO_COOKIES : name === 'h5' ? SOMETIMES : {});

/** h3 is without cookies, too; h4 is mended; h5 is down. */
function second(name: string): HostEvidence {
  if (name === 'h5')
    return {
      ...first(name),
      reached: { ok: false, problem: 'unreachable', reason: 'no route to host' },
      evidence: [],
    };
  return hostLike(name, ['h1', 'h2', 'h3'].includes(name) ? NO_COOKIES : {});
}

beforeAll(() => {
  writeSnapshot(snapshotOf(NAMES.map(first)), join(here, 'day1'));
  writeSnapshot(snapshotOf(NAMES.map(second)), join(here, 'day2'));
});

describe('on the first day', () => {
  it('what is not waived is found, and becomes the baseline', async () => {
    gate('2999-12-31');
    const { status, stdout } = await twlint(here, [
      'audit',
      '--from',
      'day1',
      ...RULES,
      '-o',
      'text',
      '-o',
      'json:base.json',
    ]);
    expect(status).toBe(1);
    expect(stdout).toContain('Accepted by waivers: 2 findings.');
    expect(stdout).toMatch(/^ {2}h4\/init/m);
    expect(stdout).toMatch(/^ {2}h5\/init/m);
    const again = await twlint(here, ['audit', '--from', 'day1', ...RULES, '--baseline', 'base.json']);
    expect([again.status, again.stdout.includes('Against base.json: 0 new, 2 known, 0 gone.')]).toEqual([
      0,
      true,
    ]);
  });
});

it('a waiver that would be over from the start is not written', async () => {
  const before = readFileSync(join(here, 'twlint.yaml'), 'utf8');
  const words = ['waive', 'LS003', 'h4', '--reason', 'r', '--owner', 'o', '--until', '2001-12-31'];
  const { status, stderr } = await twlint(here, words);
  expect([status, stderr]).toEqual([
    2,
    expect.stringMatching(/2001-12-31: that day is over\n {2}hint: today is /),
  ]);
  expect(readFileSync(join(here, 'twlint.yaml'), 'utf8')).toBe(before);
});

describe('on the second day', () => {
  let day: Ended;
  beforeAll(async () => {
    gate('2001-12-31');
    const outputs = ['-o', 'text', '-o', 'sarif:day2.sarif', '-o', 'json:day2.json'];
    day = await twlint(here, ['audit', '--from', 'day2', ...RULES, '--baseline', 'base.json', ...outputs]);
  });

  it('the text tells what is new, back, gone, and what nobody can tell', () => {
    expect(day.status).toBe(1);
    expect(day.stdout).toContain('Accepted by waivers: 1 finding.');
    // h3 is new, h2 is back; h4 is gone, and h5 was not reached
    expect(day.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Against base.json: 2 new, 0 known, 1 gone, 1 not looked at.',
    );
    expect(day.stdout).toMatch(/^ {2}h2\/init .* {2}new\n {2}h3\/init .* {2}new$/m);
    expect(day.stdout).toMatch(
      /^No longer accepted\n {2}LS003 on h2\/init until 2001-12-31 \(net-team\): known$/m,
    );
    expect(day.stdout).toMatch(/^Gone since the baseline\n {2}LS003 on h4\/init$/m);
    expect(day.stdout).toMatch(/^In the baseline, and not looked at\n {2}TW011 on h5\/init$/m);
  });

  it('SARIF has what is open, with its state', () => {
    const [run] = JSON.parse(readFileSync(join(here, 'day2.sarif'), 'utf8')).runs;
    const states = run.results.map((result: { baselineState: string; locations: object[] }) => [
      JSON.stringify(result.locations).match(/h\d+\/init/)?.[0],
      result.baselineState,
    ]);
    expect(states.sort()).toEqual([
      ['h2/init', 'new'],
      ['h3/init', 'new'],
    ]);
  });

  it('diff tells the same of the snapshots, and which setting it was', async () => {
    const { status, stdout } = await twlint(here, ['diff', 'day1', 'day2', ...RULES, '--fail-on', 'note']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^New findings \(1\)\n {2}\w+\[LS003\] h3\/init/m);
    expect(stdout).toMatch(/^Findings that are gone \(1\)\n {2}\w+\[LS003\] h4\/init/m);
    expect(stdout).toMatch(/^Findings of which the later run cannot tell \(1\)\n {2}\w+\[TW011\] h5\/init/m);
    expect(stdout).toContain('h3/init  net.ipv4.tcp_syncookies  1 → 0');
    expect(stdout).toMatch(/^ {2} *h5 +reached → not reached$/m);
  });
});
