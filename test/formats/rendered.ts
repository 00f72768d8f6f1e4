import { type FormatOptions, formats } from '../../src/formats/index.ts';
import type { Report } from '../../src/model.ts';
import { plainOptions } from './reports.ts';

/** A report in a format, as a whole. */
export function rendered(format: string, report: Report, options: FormatOptions = plainOptions): string {
  return [...formats[format]!(report, options)].join('');
}
