import type { Format } from './format.ts';
import { htmlPage } from './html.ts';
import { json } from './json.ts';
import { sarif } from './sarif.ts';
import { text } from './text.ts';

export type { Format, FormatOptions } from './format.ts';

/** Every format, by the name that `--format` and `-o` take. No prototype: `constructor` is no format. */
export const formats: Readonly<Record<string, Format>> = Object.assign(Object.create(null), {
  text,
  json,
  sarif,
  html: htmlPage,
});
