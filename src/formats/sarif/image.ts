/** Locates findings on images and in folders of outputs in the files there, and states their fixes as edits of these. */
import type { Fix, PhysicalLocation, Region } from 'sarif';
import type { Finding, HostSummary, Line, RuleInfo } from '../../model.ts';
import { sysctlKey } from '../../network/sysctl/key.ts';
import { printable } from '../printable.ts';
import { encoded, regionOf } from './locations.ts';
import { plain } from './messages.ts';

/** Returns the place of the first line of evidence that stands in a file of the image or folder; null where none does. */
export function imageLocation(finding: Finding, host: HostSummary): PhysicalLocation | null {
  return finding.evidence.map((line) => lineLocation(line, host)).find((place) => place !== null) ?? null;
}

/** Locates a line of evidence in its file; null where the line is in no file of an image or a folder of outputs. */
export function lineLocation(line: Line, host: HostSummary): PhysicalLocation | null {
  const uri = uriOf(line, host);
  return uri === null
    ? null
    : { artifactLocation: { uri }, region: regionOf({ ...line, column: 1 }, line.text.length) };
}

/** Applies a rule's settings to the lines that set them: deletes such a line, or changes it. */
export function fixes({ evidence, fix: own }: Finding, host: HostSummary, rule: RuleInfo): Fix[] {
  // outputs are what a host said: changing them changes nothing there
  if (host.medium?.kind === 'archive') return [];
  const fix = own ?? rule.fix;
  const wanted: Record<string, string | number> = { ...fix.sysctl, ...fix.atLeast };
  return evidence.flatMap((line): Fix[] => {
    // net.ipv4.tcp_tw_recycle = 1
    const name = /^-?\s*([^=\s]+)\s*=/.exec(line.text)?.[1];
    const uri = uriOf(line, host);
    if (name === undefined || uri === null) return [];
    const key = sysctlKey(name);
    const edit = (message: string, insertedText: string) => ({
      description: { text: plain(printable(message)) },
      artifactChanges: [
        {
          artifactLocation: { uri },
          replacements: [
            {
              deletedRegion: wholeLine(line),
              ...(insertedText && { insertedContent: { text: insertedText } }),
            },
          ],
        },
      ],
    });
    return [
      ...(fix.removes?.includes(key) ? [edit(`Delete the line that sets ${key}`, '')] : []),
      ...(Object.hasOwn(wanted, key)
        ? [edit(`Set ${key} to ${wanted[key]}`, `${key} = ${wanted[key]}\n`)]
        : []),
    ];
  });
}

/** Returns the line with its end, so that nothing of it stays. */
const wholeLine = ({ line }: Line): Region => ({
  startLine: line,
  startColumn: 1,
  endLine: line + 1,
  endColumn: 1,
});

function uriOf({ origin, line }: Line, { medium }: HostSummary): string | null {
  if (medium === undefined || line === 0) return null;
  if (medium.kind === 'archive') return isInFolder(origin, medium.path) ? encoded(origin) : null;
  if (!origin.startsWith('/')) return null;
  return encoded(`${medium.prefix ?? ''}/${origin}`.replace(/^\/+/, ''));
}

/** Tells whether a file lies in a folder of outputs: what is in a packed archive is no file that a reader has. */
const isInFolder = (file: string, folder: string): boolean =>
  file.startsWith(`${folder.replace(/\/+$/, '')}/`) && !/\.(?:tar(?:\.\w+)?|t[gbx]z\d?|zip)$/i.test(folder);
