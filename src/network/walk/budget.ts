/**
 * What following packets through the rules of one host may cost, counted in rules looked at. Thirty chains that each
 * jump twice to the next take a thousand million steps, and whoever writes the rules of a host may have meant them to.
 */
export interface Budget {
  left: number;
}

/** More than an honest host needs; about half a minute. */
const MOST = 20_000_000;

export const fullBudget = (): Budget => ({ left: MOST });
