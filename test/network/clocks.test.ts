import { describe, expect, it } from 'vitest';
import { ahead, clockOf, type Kernel } from '../../src/network/clocks.ts';

describe('clockOf', () => {
  it.each([
    // release, tcp_timestamps, clock
    ['2.6.32-754.el6.x86_64', 1, 'kernel'],
    ['3.10.0-1160.el7.x86_64', 1, 'kernel'],
    ['4.9.0-19-amd64', null, 'kernel'],
    ['4.10.0', 1, 'connection'],
    ['4.10.13', 1, 'connection'],
    ['4.10.14', 1, 'peer'],
    ['4.11.0', 1, 'peer'],
    ['4.18.0-553.el8_10.x86_64', 1, 'peer'],
    ['6.1.0-18-amd64', 1, 'peer'],
    ['6.12.93', 1, 'peer'],
    ['6.12.94', 1, 'connection'],
    ['6.13.12', 1, 'peer'],
    ['6.18.16', 1, 'peer'],
    ['6.18.17', 1, 'connection'],
    ['6.19.6', 1, 'peer'],
    ['6.19.7', 1, 'connection'],
    ['7.0.0', 1, 'connection'],
    ['7.1.0-rc3', 1, 'connection'],
    // no offsets
    ['6.1.0-18-amd64', 2, 'kernel'],
    ['7.0.0', 2, 'kernel'],
    // no timestamps
    ['3.10.0-1160.el7.x86_64', 0, 'none'],
    ['', 0, 'none'],
    ['', 1, 'unknown'],
    ['Darwin', null, 'unknown'],
  ] as const)('%s with tcp_timestamps %s: %s', (release, timestamps, clock) => {
    expect(clockOf(release, timestamps)).toBe(clock);
  });
});

describe('ahead', () => {
  const kernel = (uptime: number | null, release = '3.10.0-1160.el7.x86_64', boot = `${uptime}`): Kernel => ({
    release,
    uptime,
    readAt: { from: 0, to: 0 },
    boot,
  });
  const DAY = 86_400;
  const DEBIAN = '4.9.0-19-amd64';

  it.each([
    ['who booted earlier is ahead', kernel(68), kernel(15.5), 0, 'first'],
    ['whoever it is', kernel(15.5), kernel(68), 0, 'second'],
    ['uptimes that were read too far apart', kernel(68), kernel(15.5), 60, null],
    ['within one tick', kernel(100), kernel(100), 0, null],
    ['an uptime that is not known', kernel(100), kernel(null), 0, null],
    // 2^31 ticks of 1 ms are 24.8 days
    ['timestamps wrap: 30 days at 1000 Hz', kernel(31 * DAY), kernel(1 * DAY), 0, 'second'],
    ['50 days are about as good as none', kernel(50.5 * DAY), kernel(1 * DAY - 7200), 0, 'second'],
    ['the same with 100 to 1000 Hz can not be told', kernel(31 * DAY, DEBIAN), kernel(DAY, DEBIAN), 0, null],
    ['20 days are short of it at every frequency', kernel(21 * DAY, DEBIAN), kernel(DAY, DEBIAN), 0, 'first'],
    ['different frequencies', kernel(10 * DAY, DEBIAN), kernel(3 * DAY), 0, null],
  ] as const)('%s', (_, first, second, spread, expected) => {
    const found = ahead(first, { ...second, readAt: { from: -spread, to: spread } });
    expect(found && (found === first ? 'first' : 'second')).toBe(expected);
  });

  it('is told of uptimes that were read at other times', () => {
    const [early, late] = [kernel(68), { ...kernel(90), readAt: { from: 30, to: 32 } }];
    expect(ahead(early, late)).toBe(early);
    expect(ahead(late, early)).toBe(early);
    expect(ahead(early, { ...late, readAt: { from: 20, to: 30 } })).toBe(null);
  });

  it('is the same whichever is named first', () => {
    for (const [a, b] of [
      [100, 7000],
      [DAY, 40 * DAY],
      [3, 4],
    ] as const) {
      const [one, other] = [kernel(a), kernel(b)];
      expect(ahead(one, other)).toBe(ahead(other, one));
    }
  });
});
