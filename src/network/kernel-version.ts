/**
 * Kernel releases as `uname -r` prints them: https://www.kernel.org/doc/html/latest/admin-guide/ (EXTRAVERSION) leaves
 * everything after the numbers to whoever builds the kernel, so vendors' suffixes are kept and never compared.
 */
import type { Answer } from '../model.ts';

/** A kernel's release, taken apart. */
export interface KernelVersion {
  /** The release as it was read: `3.10.0-1160.el7.x86_64`. */
  text: string;
  /** The kernel.org version it is based on: 3.10.0 is [3, 10, 0]. Vendors backport: it proves little about features. */
  numbers: number[];
  /** The number of a release candidate: 1 of `-rc1`; null for a release. */
  candidate: number | null;
  /** The vendor's own number: [1160] of `3.10.0-1160.el7`, [] where there is none. */
  build: number[];
  /** The vendor's suffix: `el7`, `amzn2`, `generic`, `cloud-amd64`; null where there is none. */
  vendor: string | null;
}

/** Takes a release apart, or reports that it can't be. */
export function parseKernelVersion(release: string): Answer<KernelVersion> {
  const text = release.trim();
  // 4.14.355-276.618.amzn2.x86_64   6.8.0-rc1   6.1.0-18-cloud-amd64   5.15.133+   4.18.0-553.16.1.el8_10.x86_64
  const parts = /^(\d{1,3}(?:\.\d{1,6}){1,3})([-+_~]\S*|\.[a-z]\S*)?$/.exec(text);
  if (!parts) return unparsable(text);
  const [, base = '', rest = ''] = parts;
  const candidate = /^[-.](?:0\.)?rc(\d{1,3})(?![a-z\d])/.exec(rest);
  const afterCandidate = candidate ? rest.slice(candidate[0].length) : rest;
  const build = /^-(\d+(?:\.\d+)*)(?![a-z\d])/i.exec(afterCandidate);
  const suffix = build ? afterCandidate.slice(build[0].length) : afterCandidate;
  return {
    ok: true,
    value: {
      text,
      numbers: numbers(base),
      candidate: candidate ? Number(candidate[1]) : null,
      build: build?.[1] ? numbers(build[1]) : [],
      vendor: vendorOf(suffix),
    },
  };
}

/**
 * Tells whether the kernel.org version that `release` is based on is `version` (`4.12`) or later; `4.12-rc1` is
 * earlier.
 */
export function atLeast(release: string, version: string): Answer<boolean> {
  const [left, right] = [parseKernelVersion(release), parseKernelVersion(version)];
  if (!left.ok) return left;
  if (!right.ok) return right;
  return { ok: true, value: compare(left.value, right.value) >= 0 };
}

/** Returns the contrary of `atLeast`; not known where that is not known. */
export function before(release: string, version: string): Answer<boolean> {
  const isAtLeast = atLeast(release, version);
  return isAtLeast.ok ? { ok: true, value: !isAtLeast.value } : isAtLeast;
}

/** Returns the vendor's suffix: `el7` of `3.10.0-1160.el7.x86_64`; null for a kernel.org version. */
export function vendor(release: string): Answer<string | null> {
  const version = parseKernelVersion(release);
  return version.ok ? { ok: true, value: version.value.vendor } : version;
}

/** Returns the newest of several releases, builds of a vendor by their number; null where none is a release. */
export function newestRelease(releases: readonly string[]): string | null {
  const known = releases.flatMap((release) => {
    const version = parseKernelVersion(release);
    return version.ok ? [version.value] : [];
  });
  known.sort((a, b) => compare(a, b) || compareNumbers(a.build, b.build) || (a.text < b.text ? -1 : 1));
  return known.at(-1)?.text ?? null;
}

/** Returns a negative, zero or positive number, by kernel.org version alone: a candidate comes before its release. */
function compare(a: KernelVersion, b: KernelVersion): number {
  const difference = compareNumbers(a.numbers, b.numbers);
  if (difference !== 0 || a.candidate === b.candidate) return difference;
  return (a.candidate ?? Number.POSITIVE_INFINITY) - (b.candidate ?? Number.POSITIVE_INFINITY);
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Returns the vendor of a suffix: `.el7.x86_64` is a dotted list, `-cloud-amd64` is one token. */
function vendorOf(suffix: string): string | null {
  const [first = ''] = suffix.slice(1).split('.');
  const token = suffix.startsWith('.') ? first : suffix.replace(/^[-_~]/, '');
  return token === '' || token === '+' ? null : token;
}

function numbers(dotted: string): number[] {
  return dotted.split('.').map(Number);
}

function unparsable(text: string): Answer<never> {
  return { ok: false, problem: 'unparsable', reason: `"${text.slice(0, 60)}" is not a kernel release` };
}
