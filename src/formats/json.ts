import type { Format } from './format.ts';
import { jsonTextPieces } from './json-text.ts';

/** The report itself. */
export const json: Format = (report) => jsonTextPieces(report);
