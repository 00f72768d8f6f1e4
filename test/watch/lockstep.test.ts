import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addTick, beginGrowth, type Growth } from '../../src/watch/growth.ts';
import { joinedLocksteps, locksteps, subsets, unjoinedLocksteps } from '../../src/watch/lockstep.ts';
import { readingsIn } from '../../src/watch/samples.ts';

const second = (i: number) => ({ at: i * 1000, seconds: 1 });
const all = () => true;

/** Growth of counters, window by window. */
function growing(series: Record<string, number[]>): Growth {
  const totals = new Map(Object.keys(series).map((name) => [name, 0]));
  const readings = () =>
    new Map([...totals].map(([name, value]) => [name, { value: BigInt(value), kind: 'counter' as const }]));
  let growth = beginGrowth(readings());
  for (let i = 0; i < Object.values(series)[0]!.length; i++) {
    for (const [name, amounts] of Object.entries(series)) totals.set(name, totals.get(name)! + amounts[i]!);
    growth = addTick(growth, readings(), second(i)).growth;
  }
  return growth;
}

function randomly(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('counters in step', () => {
  it('are named in the old incident, as its real server counted them', () => {
    const folder = join(import.meta.dirname, 'tw-recycle');
    const [netstat, snmp] = ['netstat.txt', 'snmp.txt'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    const log = readFileSync(join(folder, 'session.log'), 'utf8').trim().split('\n');
    const ticks = log.map((line) => {
      const values = new Map([...line.matchAll(/(\w+)=(\d+)/g)].map(([, name, value]) => [name, value!]));
      return readingsIn(
        new Map([
          ['netstat', withValues(netstat!, values)],
          ['snmp', snmp!],
        ] as const),
      );
    });
    let growth = beginGrowth(ticks[0]!);
    for (const [i, tick] of ticks.slice(1).entries()) growth = addTick(growth, tick, second(i)).growth;
    expect(locksteps(growth, all)).toEqual([
      { counters: ['ListenDrops', 'PAWSPassive'], windows: 4, growth: 12 },
    ]);
  });

  it('are named after three windows of different growth, where the kernel counts both in one place', () => {
    const amounts = [0, 12, 0, 31, 7];
    const early = growing({ PAWSPassive: amounts.slice(0, 4), ListenDrops: amounts.slice(0, 4) });
    const late = growing({ PAWSPassive: amounts, ListenDrops: amounts });
    expect(locksteps(early, all)).toEqual([]);
    expect(locksteps(late, all)).toEqual([
      { counters: ['ListenDrops', 'PAWSPassive'], windows: 3, growth: 50 },
    ]);
  });

  it('are not named for equal growth that never differs', () => {
    const amounts = new Array<number>(60).fill(10);
    expect(locksteps(growing({ A: amounts, B: amounts }), all)).toEqual([]);
  });

  it('are not named once they part', () => {
    const amounts = [5, 90, 31, 7, 44, 1000, 17, 233];
    expect(locksteps(growing({ A: amounts, B: amounts }), all)).toHaveLength(1);
    expect(locksteps(growing({ A: [...amounts, 4], B: [...amounts, 5] }), all)).toEqual([]);
  });

  it('are none among traffic', () => {
    const amounts = [5, 90, 31, 7, 44, 1000, 17, 233];
    expect(locksteps(growing({ A: amounts, B: amounts, C: amounts }), (name) => name === 'A')).toEqual([]);
  });

  it.each([
    ['seldom, by little', 0.05, 3],
    ['seldom, by much', 0.05, 5000],
    ['now and then', 0.3, 20],
    ['always, by little', 1, 4],
    ['always, by much', 1, 300],
  ])('are none among 60 that grow by chance, %s, in 10,000 windows', (_, chance, most) => {
    const random = randomly(chance * 1000 + most);
    const names = Array.from({ length: 60 }, (_, i) => `Random${i}`);
    const totals = new Map(names.map((name) => [name, 0n]));
    const tick = () =>
      new Map([...totals].map(([name, value]) => [name, { value, kind: 'counter' as const }]));
    let growth = beginGrowth(tick());
    for (let i = 0; i < 10_000; i++) {
      for (const name of names)
        if (random() < chance) totals.set(name, totals.get(name)! + BigInt(Math.ceil(random() * most)));
      growth = addTick(growth, tick(), second(i)).growth;
      expect(locksteps(growth, all)).toEqual([]);
    }
  });
});

describe('a counter within another', () => {
  it('is named with its share', () => {
    const growth = growing({ ListenOverflows: [3, 0, 4, 2], ListenDrops: [5, 1, 4, 9] });
    expect(subsets(growth)).toEqual([
      { part: 'ListenOverflows', whole: 'ListenDrops', windows: 3, partGrowth: 9, wholeGrowth: 19 },
    ]);
  });

  it('is not named where it was more than the whole, once', () => {
    const growth = growing({ ListenOverflows: [3, 2, 4, 2], ListenDrops: [5, 1, 4, 9] });
    expect(subsets(growth)).toEqual([]);
  });
});

describe('counters of two hosts that a path joins', () => {
  const refused = [0, 9, 14, 0, 6, 11, 0, 0];

  it('are named where what one refuses the other sends again, a moment later', () => {
    const server = growing({ PAWSTimewait: refused });
    const client = growing({ TCPSynRetrans: [0, 0, 9, 14, 0, 6, 11, 0] });
    expect(joinedLocksteps(server, [client])).toEqual([
      { server: 'PAWSTimewait', client: 'TCPSynRetrans', windows: 4, serverGrowth: 40, clientGrowth: 40 },
    ]);
  });

  it('are named where several clients share it', () => {
    const server = growing({ PAWSTimewait: refused });
    const one = growing({ TCPSynRetrans: [0, 0, 5, 10, 0, 0, 11, 0] });
    const other = growing({ TCPSynRetrans: [0, 0, 4, 4, 0, 6, 0, 0] });
    expect(joinedLocksteps(server, [one, other])).toHaveLength(1);
  });

  it.each([
    ['late segments are refused, too', [0, 0, 9, 14, 0, 4, 11, 0]],
    ['other SYNs are sent again, too', [2, 0, 9, 14, 0, 6, 11, 0]],
  ])('are named where a few %s', (_, resent) => {
    const server = growing({ PAWSTimewait: refused });
    expect(joinedLocksteps(server, [growing({ TCPSynRetrans: resent })])).toHaveLength(1);
  });

  it.each([
    ['the client sends again more than was refused', [0, 0, 9, 14, 30, 6, 11, 0]],
    ['it sends again before anything was refused', [5, 9, 0, 14, 0, 6, 11, 0]],
    ['what it sends again never comes', [0, 0, 2, 0, 0, 0, 0, 0]],
    ['nothing is sent again', [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('are not named where %s', (_, resent) => {
    const server = growing({ PAWSTimewait: refused });
    expect(joinedLocksteps(server, [growing({ TCPSynRetrans: resent })])).toEqual([]);
  });
});

describe('counters of two hosts that no path joins', () => {
  const refused = [8, 4, 3, 7, 2, 3, 1, 2, 5, 3, 3, 2, 3, 4, 5, 7, 7, 4, 1, 5, 3, 3, 7, 3, 7, 4, 2, 4, 4];
  const places = (resent: number[]) => [
    { name: 'server', growth: growing({ PAWSTimewait: refused }) },
    { name: 'client', growth: growing({ TCPSynRetrans: resent }) },
  ];
  const named = (resent: number[]) =>
    unjoinedLocksteps(places(resent)).map(({ at, client, step }) => [at.name, client.name, step.windows]);

  it('are named where they are equal in every window, and that is no coincidence', () => {
    expect(named(refused)).toEqual([['server', 'client', 29]]);
  });

  it('are named where one of all events fell into another window', () => {
    expect(named([...refused, 1].map((amount, i) => (i === 0 ? amount - 1 : amount)).slice(0, -1))).toEqual([
      ['server', 'client', 28],
    ]);
  });

  it('are not named where they differ more often', () => {
    expect(named(refused.map((amount, i) => (i % 4 === 0 ? amount + 1 : amount)))).toEqual([]);
  });

  it('are none among 40 hosts that count by chance, in 10,000 windows', { timeout: 60_000 }, () => {
    const random = randomly(5);
    for (let time = 0; time < 10_000 / 60; time++) {
      const by = (counter: string) =>
        Array.from({ length: 20 }, () => ({
          growth: growing({
            [counter]: Array.from({ length: 60 }, () => Math.floor(random() * (2 + (time % 9)))),
          }),
        }));
      expect(unjoinedLocksteps([...by('PAWSTimewait'), ...by('TCPSynRetrans')])).toEqual([]);
    }
  });

  it('are not named after a few windows', () => {
    const few = unjoinedLocksteps([
      { growth: growing({ PAWSTimewait: refused.slice(0, 6) }) },
      { growth: growing({ TCPSynRetrans: refused.slice(0, 6) }) },
    ]);
    expect(few).toEqual([]);
  });
});

/** Puts values of TcpExt into the text of /proc/net/netstat. */
function withValues(netstat: string, values: ReadonlyMap<string | undefined, string>): string {
  const [names = '', old = '', ...rest] = netstat.split('\n');
  const row = old.split(' ').map((value, i) => values.get(names.split(' ')[i]) ?? value);
  return [names, row.join(' '), ...rest].join('\n');
}
