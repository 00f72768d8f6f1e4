import { hash } from 'node:crypto';

/** Returns a fingerprint without addresses, counters or times: the same defect has the same one in every run. */
export function fingerprintOf(...what: unknown[]): string {
  return hash('sha256', JSON.stringify(what), 'buffer').toString('hex', 0, 8);
}
