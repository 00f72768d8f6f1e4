import { it } from 'vitest';

it.skip('is skipped for a reason that it keeps to itself', () => {});
it('passes', () => {});
