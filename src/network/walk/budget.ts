/**
 * The limit on the cost of following packets through the rules of one host, counted in rules looked at. Thirty chains
 * that each jump twice to the next take a thousand million steps, and whoever writes the rules may have meant them to.
 */
export interface Budget {
  left: number;
}

/** The budget of a host: more than an honest one needs; about half a minute. */
const MOST = 20_000_000;

export const fullBudget = (): Budget => ({ left: MOST });
