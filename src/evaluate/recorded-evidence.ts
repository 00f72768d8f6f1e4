/** Evidence that was recorded for tests: those inside `NAME.yaml` have it in folders of `NAME`, which lies beside it. */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import { pathIn, Unread } from '../read.ts';
import type { Section, YamlDocument } from '../yaml-document.ts';

/** The place of recorded evidence: a folder, in which the tests have theirs, or that of one test. */
export interface EvidenceLocation {
  folder: string;
  /** The folder that no link may lead out of. */
  root: string;
}

/** The name of a folder of evidence. */
export const EVIDENCE = /^[\w-]+$/;

/** Returns the place that a test names as its `evidence`; null where it names none. */
export function namedEvidence(
  test: Section,
  { folder, root }: EvidenceLocation,
  document: YamlDocument,
): EvidenceLocation | null {
  const name = test.oneLine('evidence');
  if (name === null) return null;
  if (!EVIDENCE.test(name))
    document.fail(
      [...test.path, 'evidence'],
      'evidence should be the name of a folder',
      'it lies beside this file, in the folder of its name: FILE/NAME for FILE.yaml',
    );
  return { folder: `${folder}/${name}`, root };
}

/** Throws a UserError where a link leads to evidence that lies elsewhere. */
export function refuseElsewhere({ folder, root, source }: EvidenceLocation & { source: Source }): void {
  try {
    pathIn(folder, root);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    // whoever reads it reports what is not there
    if (error.code === 'ENOENT') return;
    throw new UserError(`${folder}: ${error.message}`, { source, hint: error.hint, cause: error });
  }
}
