import type { Format } from './format.ts';
import { jsonText } from './json-text.ts';

/** The report itself. */
export const json: Format = (report) => `${jsonText(report)}\n`;
