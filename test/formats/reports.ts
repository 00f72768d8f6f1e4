import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FormatOptions } from '../../src/formats/index.ts';
import type { Report } from '../../src/model.ts';

const folder = new URL('reports/', import.meta.url);

/** Every folder below reports/: a report, and what each format makes of it. */
export const reportNames = readdirSync(folder).sort();

export const reportFile = (name: string, file: string): string =>
  fileURLToPath(new URL(`${name}/${file}`, folder));

export const reportNamed = (name: string): Report =>
  JSON.parse(readFileSync(reportFile(name, 'report.json'), 'utf8')) as Report;

export const plainOptions: FormatOptions = { color: false, all: false, category: null, width: 80 };
