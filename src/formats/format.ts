import type { Report } from '../model.ts';

/** The user's options for the output of a report. */
export interface FormatOptions {
  /** Paint with ANSI colours. */
  color: boolean;
  /** Show what passed, did not apply or stayed undecided too, in full. */
  all: boolean;
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
