/** Another configuration in the place of keepalived's own file: what rules say of it, not what keepalived makes of it. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { type Texts, textIn } from './texts.ts';

const PROBE = 'keepalived.files';

export function replaceKeepalived(texts: Texts, text: string, source: Source): Texts {
  const listed = textIn(texts, PROBE, 'the configuration of keepalived', source) ?? '';
  const lines = listed.split('\n');
  const start = lines.findIndex((line) => /^file .*keepalived\.conf$/.test(line));
  if (start < 0)
    throw new UserError(`${texts.name} has no keepalived.conf`, {
      source,
      hint: 'a change to it changes nothing there',
    });
  if (/^\s*include\w?\s/m.test(text))
    throw new UserError('a keepalived.conf that includes other files is not known here', {
      source,
      hint: 'write them into one',
    });
  let end = start + 1;
  while (lines[end]?.startsWith('|')) end++;
  const rows = text.split('\n').map((line) => `|${line}`);
  return texts.with(PROBE, lines.toSpliced(start + 1, end - start - 1, ...rows).join('\n'));
}
