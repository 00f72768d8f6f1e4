import { describe, expect, it } from 'vitest';
import {
  atLeast,
  before,
  newestRelease,
  parseKernelVersion,
  vendor,
} from '../../src/network/kernel-version.ts';

describe('parseKernelVersion', () => {
  it.each([
    // release, numbers, candidate, build, vendor
    ['3.10.0-1160.el7.x86_64', [3, 10, 0], null, [1160], 'el7'],
    ['3.10.0-1160.118.1.el7.x86_64', [3, 10, 0], null, [1160, 118, 1], 'el7'],
    ['3.10.0-514.el7.twlab', [3, 10, 0], null, [514], 'el7'],
    ['2.6.32-754.el6.x86_64', [2, 6, 32], null, [754], 'el6'],
    ['4.18.0-553.16.1.el8_10.x86_64', [4, 18, 0], null, [553, 16, 1], 'el8_10'],
    ['5.14.0-362.el9', [5, 14, 0], null, [362], 'el9'],
    ['5.4.17-2136.330.7.1.el8uek.x86_64', [5, 4, 17], null, [2136, 330, 7, 1], 'el8uek'],
    ['4.14.355-276.618.amzn2.x86_64', [4, 14, 355], null, [276, 618], 'amzn2'],
    ['6.1.0-18-amd64', [6, 1, 0], null, [18], 'amd64'],
    ['6.1.0-18-cloud-amd64', [6, 1, 0], null, [18], 'cloud-amd64'],
    ['6.1.0-0.deb11.13-amd64', [6, 1, 0], null, [0], 'deb11'],
    ['5.15.0-91-generic', [5, 15, 0], null, [91], 'generic'],
    ['5.15.0-1053-aws', [5, 15, 0], null, [1053], 'aws'],
    ['4.19.0-91.82.152.uelc20', [4, 19, 0], null, [91, 82, 152], 'uelc20'],
    ['4.19.0-91.82.152.uelc20.x86_64', [4, 19, 0], null, [91, 82, 152], 'uelc20'],
    ['5.15.153.1-microsoft-standard-WSL2', [5, 15, 153, 1], null, [], 'microsoft-standard-WSL2'],
    ['5.14.21-150500.55.39-default', [5, 14, 21], null, [150500, 55, 39], 'default'],
    ['6.5.11-7-pve', [6, 5, 11], null, [7], 'pve'],
    ['6.7.4-200.fc39.x86_64', [6, 7, 4], null, [200], 'fc39'],
    ['6.7.4-arch1-1', [6, 7, 4], null, [], 'arch1-1'],
    ['5.15.133+', [5, 15, 133], null, [], null],
    ['4.9.0', [4, 9, 0], null, [], null],
    ['4.12', [4, 12], null, [], null],
    ['6.8.0-rc1', [6, 8, 0], 1, [], null],
    ['6.8-rc7+', [6, 8], 7, [], null],
    ['6.8.0-rc1-next-20240126', [6, 8, 0], 1, [], 'next-20240126'],
    ['6.8.0-0.rc1.20240126git.fc40.x86_64', [6, 8, 0], 1, [], '20240126git'],
    ['6.1.21-v8+', [6, 1, 21], null, [], 'v8+'],
    ['6.18.44-fc-v595\n', [6, 18, 44], null, [], 'fc-v595'],
  ] as const)('%s', (release, numbers, candidate, build, vendorName) => {
    expect(parseKernelVersion(release)).toEqual({
      ok: true,
      value: { text: release.trim(), numbers, candidate, build, vendor: vendorName },
    });
    expect(vendor(release)).toEqual({ ok: true, value: vendorName });
  });

  it.each(['', 'Linux', '5', 'v5.10', '5.', '5.10x', '3.10.0 -1160', '99999.1', '5.10\n5.11', '１.2'])(
    'refuses %j',
    (text) => {
      expect(parseKernelVersion(text)).toMatchObject({ ok: false, problem: 'unparsable' });
      expect(atLeast(text, '4.12').ok).toBe(false);
      expect(before(text, '4.12').ok).toBe(false);
      expect(vendor(text).ok).toBe(false);
    },
  );
});

describe('atLeast and before', () => {
  it.each([
    ['3.10.0-1160.el7.x86_64', '4.12', false],
    ['3.10.0-1160.el7.x86_64', '3.10', true],
    ['3.9.11', '3.10', false],
    ['4.2.0', '4.12', false],
    ['4.12.0', '4.12', true],
    ['4.12', '4.12.0', true],
    ['4.12.0-rc1', '4.12', false],
    ['4.12.0-rc2', '4.12-rc1', true],
    ['4.12.0-rc10', '4.12-rc9', true],
    ['4.12.1-rc1', '4.12', true],
    ['4.11.12', '4.12-rc1', false],
    ['5.4.0-1', '5.4.0.1', false],
    ['10.0', '9.9', true],
  ])('%s at least %s: %s', (release, version, expected) => {
    expect(atLeast(release, version)).toEqual({ ok: true, value: expected });
    expect(before(release, version)).toEqual({ ok: true, value: !expected });
  });

  it('says that it does not know a version either', () => {
    expect(atLeast('4.12', 'new').ok).toBe(false);
  });
});

it.each([
  [['3.10.0-957.el7.x86_64', '3.10.0-1160.el7.x86_64'], '3.10.0-1160.el7.x86_64'],
  [['6.1.0-9-amd64', '6.1.0-18-amd64', 'extra'], '6.1.0-18-amd64'],
  [['5.15.0-91-generic', '6.2.0-1-generic'], '6.2.0-1-generic'],
  [['4.12.0-rc2', '4.12.0'], '4.12.0'],
  [['weak-updates'], null],
  [[], null],
])('the newest of %j', (releases, expected) => {
  expect(newestRelease(releases)).toBe(expected);
  expect(newestRelease(releases.toReversed())).toBe(expected);
});
