import type { Report } from '../model.ts';

/** The user's options for the output of a report. */
export interface FormatOptions {
  /** Paint with ANSI colours. */
  color: boolean;
  /** Show what passed, did not apply or stayed undecided too, in full. */
  all: boolean;
  /** Tell each finding and each gap on its own, in full; default false. */
  details?: boolean;
  /** Do not dwell on what could not be looked at: it was said to be allowed; default false. */
  allowIncomplete?: boolean;
  /** Show in SARIF what waivers accept, as suppressed; default false. */
  suppressed?: boolean;
  /** Keeps analyses of one repository apart in SARIF (`automationDetails.id`). */
  category: string | null;
  /** Columns of the terminal; default 100. */
  width?: number;
}

/**
 * Turns a report into text, piece by piece: that of a large fleet is longer than a string can be. Pure: equal input, equal
 * bytes. The text ends in a newline.
 */
export type Format = (report: Report, options: FormatOptions) => Iterable<string>;
