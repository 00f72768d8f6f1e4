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

/** What is wrong, and what to do about it: '' where that is not known. */
export interface Trouble {
  what: string;
  remedy: string;
}

/** What became of a stage. */
export interface Check {
  stage: Stage;
  ok: boolean;
  /** What was found, or what is wrong. */
  detail: string;
  /** What to do about it; '' where all is well, or nobody knows. */
  remedy: string;
}

/** Takes what becomes of the stages of one host, as it happens. */
export type Tell = (check: Check) => void;

export const passed = (stage: Stage, detail: string): Check => ({ stage, ok: true, detail, remedy: '' });

export const failed = (stage: Stage, { what, remedy }: Trouble): Check => ({
  stage,
  ok: false,
  detail: what,
  remedy,
});

export const trouble = (what: string, remedy = ''): Trouble => ({ what, remedy });

/** As one line. */
export function troubleLine({ what, remedy }: Trouble): string {
  return remedy === '' ? what : `${what}: ${remedy}`;
}
