/** The stages of asking a host, in the order in which things happen. */
export const STAGES = [
  'address',
  'route',
  'greeting',
  'key exchange',
  'host key',
  'login',
  'shell',
  'privilege',
  'facts',
] as const;

export type Stage = (typeof STAGES)[number];

/** A problem, and its remedy: '' where that is not known. */
export interface Trouble {
  what: string;
  remedy: string;
}

/** The result of a stage. */
export interface Check {
  stage: Stage;
  ok: boolean;
  /** The finding, or the problem. */
  detail: string;
  /** The remedy; '' where all is well, or nobody knows. */
  remedy: string;
}

/** Receives the results of the stages of one host, as they happen. */
export type Tell = (check: Check) => void;

export const passed = (stage: Stage, detail: string): Check => ({ stage, ok: true, detail, remedy: '' });

export const failed = (stage: Stage, { what, remedy }: Trouble): Check => ({
  stage,
  ok: false,
  detail: what,
  remedy,
});

export const trouble = (what: string, remedy = ''): Trouble => ({ what, remedy });

/** Formats a problem as one line. */
export function troubleLine({ what, remedy }: Trouble): string {
  return remedy === '' ? what : `${what}: ${remedy}`;
}
