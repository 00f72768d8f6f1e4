import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { htmlPage } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

export type { Format, FormatOptions } from './format.ts';

/** Every format, by the name that `--format` and `-o` take. No prototype: `constructor` is no format. */
export const formats: Readonly<Record<string, Format>> = Object.assign(Object.create(null), {
  text,
  json,
  sarif,
  html: htmlPage,
  markdown,
  junit,
  csv,
  github,
  gitlab,
});

/** The formats that a runner of CI is to act upon, who see to it themselves that hosts have no part in that. */
export const FOR_RUNNERS: ReadonlySet<string> = new Set(['github']);
