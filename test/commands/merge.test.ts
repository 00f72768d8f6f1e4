/** Parts of a fleet, each audited by itself, and what `twlint merge` makes of them. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCluster } from '../../bench/cluster-fleet.mjs';
import { writeFleet } from '../../bench/replicated-fleet.mjs';
import { isInShard, readShard } from '../../src/inventory/shard.ts';
import { temporaryFolder } from '../temporary.ts';
import { twlint } from '../twlint.ts';

const here = temporaryFolder('merge');
const DEMO = join(import.meta.dirname, '../../inventories/demo');
const PARTS = ['1.gz', '2.gz', '3.gz'] as const;

const path = (name: string) => join(here, name);
const run = (...args: string[]) => twlint(here, args);

/** Audits a snapshot in parts, of which each is a file in a folder. */
async function divided(snapshot: string, folder: string, ...options: string[]): Promise<string[]> {
  mkdirSync(path(folder), { recursive: true });
  const parts = PARTS.map((name) => join(folder, name));
  for (const [i, part] of parts.entries()) {
    const about = ['--from', snapshot, '--shard', `${i + 1}/3`, '-o', `part:${part}`];
    expect((await run('audit', ...about, ...options)).status).toBe(0);
  }
  return parts;
}

let parts: string[];
/** The parts of each snapshot that were made already. */
const made = new Map<string, Promise<string[]>>();

beforeAll(async () => {
  for (const folder of ['fleet', 'iptables', 'nft', 'ipvs']) mkdirSync(path(folder));
  writeFleet(path('fleet'), 10, DEMO);
  for (const mode of ['iptables', 'nft', 'ipvs'] as const)
    writeCluster(path(mode), { mode, nodes: 5, services: 4, endpoints: 2 }, DEMO);
  parts = await divided('fleet', 'parts');
});

describe.each([['fleet'], ['iptables'], ['nft'], ['ipvs'], [DEMO]])('of %s', (snapshot) => {
  it.each(['json', 'sarif', 'text'])('the report of its parts is that of the whole: %s', async (format) => {
    const own = made.get(snapshot) ?? divided(snapshot, `parts-of-${made.size}`);
    made.set(snapshot, own);
    const about = ['--format', format, '--all'];
    const whole = await run('audit', '--from', snapshot, ...about);
    const merged = await run('merge', ...(await own), ...about);
    expect([merged.stdout === whole.stdout, merged.status, merged.stderr]).toEqual([true, whole.status, '']);
  });
});

it('in whatever order the parts are given', async () => {
  const whole = await run('audit', '--from', 'fleet', '--format', 'json');
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(parts, { minLength: 3 }), async (order) => {
      expect((await run('merge', ...order, '--format', 'json')).stdout === whole.stdout).toBe(true);
    }),
    { numRuns: 6 },
  );
});

it('what was collected in parts can be audited in others', async () => {
  for (const number of [1, 2])
    await run('collect', '--from', 'fleet', '--shard', `${number}/2`, '-o', `collected-${number}`);
  const whole = await run('audit', '--from', 'fleet', '--format', 'json');
  mkdirSync(path('again'));
  const again = PARTS.map((name) => join('again', name));
  for (const [i, part] of again.entries())
    await run(
      ...['audit', '--from', 'collected-2', '--from', 'collected-1', '--shard', `${i + 1}/3`],
      ...['-o', `part:${part}`],
    );
  expect((await run('merge', ...again, '--format', 'json')).stdout === whole.stdout).toBe(true);
});

describe('a part', () => {
  it('is for its owner alone, and can be read by people', () => {
    expect(parts.map((part) => statSync(path(part)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    const lines = linesOf(parts[0]!);
    expect(lines[0]).toMatchObject({ format: 'twlint-part/1', shard: { number: 1, of: 3 } });
    expect(lines.at(-1)).toMatchObject({ end: { interrupted: false, hosts: lines.length - 2 } });
    expect(lines[1]).toMatchObject({ host: {}, position: expect.any(Number), evidence: expect.any(Array) });
  });

  it('of a report is not silent about the rest of the fleet', async () => {
    const { status, stdout, stderr } = await run('audit', '--from', 'fleet', '--shard', '1/3');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('would lack what lies between its hosts and others\n  hint: -o part:FILE');
  });

  it('is written over the same part of an earlier run, and over nothing else', async () => {
    const write = (shard: string, file: string) =>
      run('audit', '--from', 'fleet', '--shard', shard, '-o', `part:${file}`);
    expect((await write('1/3', 'over')).status).toBe(0);
    expect((await write('1/3', 'over')).status).toBe(0);
    writeFileSync(path('mine'), 'mine\n');
    mkdirSync(path('folder'));
    for (const [shard, file, says] of [
      ['2/3', 'over', 'it is there, and is part 1 of 3'],
      ['1/3', 'mine', 'it is there, and is no part'],
      ['1/3', 'folder', 'it is no file'],
      ['1/3', 'nowhere/part', 'there is no folder'],
      ['1/3', '', 'where to?'],
      ['1/3', '-', 'where to?'],
    ] as const) {
      const { status, stderr } = await write(shard, file);
      expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
    }
    expect(readFileSync(path('mine'), 'utf8')).toBe('mine\n');
  });

  it('of a part that was collected does not pass for the whole', async () => {
    await run('collect', '--from', 'fleet', '--shard', '1/2', '-o', 'half');
    for (const args of [
      ['audit', '-o', 'part:half-part'],
      ['collect', '--shard', '1/1', '-o', 'half-again'],
    ]) {
      const { status, stderr } = await run(...args, '--from', 'half');
      expect([status, stderr]).toEqual([2, expect.stringContaining('that is part 1 of 2')]);
    }
  });

  it('is not there where its run could not begin', async () => {
    const { status } = await run('audit', '-i', 'no-such.yaml', '-o', 'part:begun');
    expect([status, readdirSync(here).filter((name) => name.startsWith('begun'))]).toEqual([2, []]);
  });

  it('goes with no other output', async () => {
    const { status, stderr } = await run('audit', '--from', 'fleet', '-o', 'part:a', '-o', 'text');
    expect([status, stderr]).toEqual([2, expect.stringContaining('-o part: goes with no other -o')]);
  });
});

describe('hosts that are asked', () => {
  const away = 'ansible_host: 127.0.0.1, ansible_port: 1, ansible_user: nobody';
  const hosts = (...names: string[]) =>
    writeFileSync(
      path('hosts.yaml'),
      `all: { hosts: { ${names.map((name) => `${name}: { ${away} }`).join(', ')} } }\n`,
    );
  const ask = (number: number, ...more: string[]) =>
    run(
      ...['audit', '-i', 'hosts.yaml', '-F', 'none', '--retries', '0', '--quiet', '--shard', `${number}/3`],
      ...['-o', `part:asked-${number}`, ...more],
    );
  const asked = [1, 2, 3].map((number) => `asked-${number}`);

  it('that could not be reached are in the report, and on the list to try again', async () => {
    hosts('a', 'b', 'c', 'd');
    const ended = [];
    for (const number of [1, 2, 3]) ended.push(await ask(number, '--retry-file', `left-${number}`));
    const left = [1, 2, 3].flatMap((number) =>
      readFileSync(path(`left-${number}`), 'utf8')
        .split('\n')
        .filter((name) => /^\w$/.test(name)),
    );
    expect(left.toSorted()).toEqual(['a', 'b', 'c', 'd']);
    // a part without hosts has none that could not be reached
    const of = (number: number) =>
      ['a', 'b', 'c', 'd'].filter((name) => isInShard(name, readShard(`${number}/3`))).length;
    expect(ended.map(({ status }) => status)).toEqual([1, 2, 3].map((number) => (of(number) > 0 ? 3 : 0)));
    expect((await ask(1, '--allow-incomplete')).status).toBe(0);
    const { status, stdout } = await run('merge', ...asked);
    expect([status, stdout]).toEqual([3, expect.stringContaining('Not seen: 4 hosts.')]);
    const { hosts: listed } = JSON.parse((await run('merge', ...asked, '--format', 'json')).stdout);
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('an interrupted run says so, and so does the report', async () => {
    hosts('a', 'b');
    const stop = AbortSignal.abort(new Error('interrupted'));
    const args = ['audit', '-i', 'hosts.yaml', '-F', 'none', '--quiet', '-o', 'part:stopped'];
    expect((await twlint(here, args, { stop })).status).toBe(130);
    const { status, stdout } = await run('merge', 'stopped', '--format', 'json');
    expect([status, JSON.parse(stdout).interrupted]).toEqual([130, true]);
  });

  it('a host behind one of another part is asked by way of that', async () => {
    const [inner, bastion] = ['inner', 'jump', 'jump2', 'jump3', 'jump4'].filter(
      (name, i) =>
        isInShard(name, readShard('1/3')) ===
        (i === 0 ? isInShard('inner', readShard('1/3')) : !isInShard('inner', readShard('1/3'))),
    );
    const number = [1, 2, 3].find((one) => isInShard(inner!, readShard(`${one}/3`)))!;
    expect(isInShard(bastion!, readShard(`${number}/3`))).toBe(false);
    writeFileSync(
      path('hosts.yaml'),
      `all: { hosts: { ${bastion}: { ${away} }, ${inner}: { ansible_host: 192.0.2.1, ansible_ssh_common_args: -J ${bastion} } } }\n`,
    );
    await ask(number, '--allow-incomplete');
    const { reached } = linesOf(`asked-${number}`)[1] as { reached: { reason: string } };
    expect(reached.reason).toContain('127.0.0.1');
  });
});

describe('what decides about the exit status', () => {
  const WAIVER = `waivers:
  - rule: TW018
    hosts: s2-0
    reason: none
    owner: me
    until: 2099-01-01
`;
  const LIMITS = [[], ['--limit', 's2-*']];
  const divisions: string[][] = [];

  beforeAll(async () => {
    await run('audit', '--from', 'fleet', '-o', 'json:earlier.json');
    writeFileSync(path('twlint.yaml'), WAIVER);
    for (const limit of LIMITS)
      divisions.push(await divided('fleet', `limited-${divisions.length}`, ...limit));
  });

  afterAll(() => writeFileSync(path('twlint.yaml'), '{}\n'));

  it.each([
    ['--fail-on', 'never'],
    ['--fail-on', 'note', '--allow-incomplete'],
    ['--stale-waivers', 'error', '--fail-on', 'never', '--allow-incomplete'],
    ['--baseline', 'earlier.json', '--allow-incomplete'],
    ['--category', 'x', '--sarif-suppressed', 'keep', '--format', 'sarif'],
  ])('is what the audit would have had: %j', async (...options) => {
    for (const [i, limit] of LIMITS.entries()) {
      const whole = await run('audit', '--from', 'fleet', ...limit, ...options);
      expect(await run('merge', ...divisions[i]!, ...options)).toEqual(whole);
    }
  });
});

type Line = Record<string, unknown>;
const linesOf = (part: string): Line[] =>
  gunzipSync(readFileSync(path(part)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const textOf = (lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('parts that do not go together', () => {
  const first = () => linesOf(parts[0]!);
  const head = () => first()[0] as { by: Line; fleet: Line; shard: Line };
  const headed = (change: Line) => textOf([{ ...head(), ...change }, ...first().slice(1)]);
  const audited = (change: Line) => headed({ by: { ...head().by, ...change } });

  it.each<[string, () => string[]]>([
    ['of 3 parts, these are missing: 2', () => [parts[0]!, parts[2]!]],
    ['both part 2 of 3', () => [parts[0]!, parts[1]!, parts[1]!, parts[2]!]],
    ['parts of 4 and of 3 do not go together', () => other(headed({ shard: { number: 1, of: 4 } }))],
    ['other is of twlint 9.9.9, ', () => other(audited({ twlint: '9.9.9' }))],
    ['other is with --netns init, ', () => other(audited({ netns: 'init' }))],
    ['other is with --interval 10s, ', () => other(audited({ interval: '10s' }))],
    [
      'are by different forms of the rule TW001',
      () => other(audited({ rules: { ...(head().by.rules as Line), TW001: '0' } })),
    ],
    [
      'are of different inventories: names or order differ',
      () => other(headed({ fleet: { ...head().fleet, digest: '0' } })),
    ],
    [
      'are of different inventories: 15 and 10 hosts',
      () => other(headed({ fleet: { ...head().fleet, hosts: 15, digest: '0' } })),
    ],
    ['are of different inventories', () => other(headed({ fleet: { ...head().fleet, limited: true } }))],
    ['other: a part of format "twlint-part/2"', () => other(headed({ format: 'twlint-part/2' }))],
    ['there is no part 4 of 3', () => other(headed({ shard: { number: 4, of: 3 } }))],
    ['other: it.by.rules should be object', () => other(audited({ rules: [] }))],
    ['other: it.more is not known', () => other(headed({ more: 1 }))],
    ['no-such: no such file', () => ['no-such']],
    ['it is a snapshot: twlint audit --from fleet', () => ['fleet']],
  ])('%s', async (says, given) => {
    const { status, stdout, stderr } = await run('merge', ...given());
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)]);
    expect(stderr).toContain('hint: ');
  });

  it('nor with other rules than those that merge has', async () => {
    const { status, stderr } = await run('merge', ...parts, '--exclude', 'TW001');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('is with the rule TW001, this merge without'),
    ]);
  });

  it('days apart are merged with a warning', async () => {
    const [end] = linesOf(parts[0]!).slice(-1) as { end: Line }[];
    const late = {
      end: { ...end!.end, startedAt: '2099-01-01T00:00:00Z', finishedAt: '2099-01-01T00:00:01Z' },
    };
    const { status, stderr } = await run(
      'merge',
      ...other(textOf([...linesOf(parts[0]!).slice(0, -1), late])),
    );
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/was audited \d+ days before other: hosts may have changed/),
    ]);
  });

  it('audit says what a part is for', async () => {
    const { stderr } = await run('audit', '--from', parts[0]!);
    expect(stderr).toContain('twlint merge reports on all parts');
  });
});

/** The parts, but for the first, in the place of which there is a text or some bytes. */
function other(content: string | Uint8Array): string[] {
  writeFileSync(path('other'), typeof content === 'string' ? gzipSync(content) : content);
  return ['other', ...parts.slice(1)];
}
