import type { Location, LogicalLocation, PhysicalLocation, Region } from 'sarif';
import type { Finding, HostSummary, RuleInfo, Source } from '../../model.ts';
import { subjectOf } from '../arrange.ts';
import { printable } from '../printable.ts';
import { segmentsWithin } from '../repository.ts';

/**
 * Returns the place where a finding is shown: the host's name in the inventory. An inventory outside the repository
 * can't be named, as code scanning refuses absolute paths and `..`; then it is the rule's file, and where that lies
 * outside too, the place that it would have in a repository of rules.
 */
export function anchor(host: HostSummary, rule: RuleInfo): PhysicalLocation {
  return (
    hostLocation(host) ?? ruleLocation(rule) ?? physical(`rules/${encoded(rule.name) ?? 'rule'}.yaml`, start)
  );
}

/** Returns the host's line in the inventory, or null when that is not in the repository. */
export function hostLocation({ source, name, medium }: HostSummary): PhysicalLocation | null {
  // a folder of outputs is no file: the first of its files that was read stands for it
  const file = medium?.files?.find(({ takenFor }) => takenFor.length > 0)?.path;
  if (file !== undefined && source.file === medium?.path) {
    const uri = encoded(file);
    return uri === null ? null : physical(uri, start);
  }
  const uri = encoded(source.file);
  return uri === null ? null : physical(uri, regionOf(source, name.length));
}

/** Returns the rule's line in its file, or null when that is not in the repository. */
export function ruleLocation({ source }: RuleInfo): PhysicalLocation | null {
  const uri = encoded(source.file);
  return uri === null ? null : physical(uri, regionOf(source, 1));
}

/** Tells whether a rule comes with twlint: its file is in no repository of a reader's. */
export const isBuiltin = ({ id, name, source }: RuleInfo): boolean =>
  /^[A-Z]{2}\d{3}$/.test(id) && source.file === `rules/${name}.yaml`;

/** A host or a namespace of it, by the name that a person calls it. */
function logical(subject: Pick<Finding, 'host' | 'namespace'>): LogicalLocation {
  return {
    name: printable(subject.namespace ?? subject.host),
    fullyQualifiedName: subjectOf(subject),
    kind: subject.namespace === null ? 'host' : 'namespace',
  };
}

/** A location that names the subject and, where there is a file for it, its place. */
export function location(
  subject: Pick<Finding, 'host' | 'namespace'>,
  physicalLocation: PhysicalLocation | null,
): Location {
  return { ...(physicalLocation ? { physicalLocation } : {}), logicalLocations: [logical(subject)] };
}

/**
 * The path as a URI reference from the root of the repository, or null when it does not lie there. Each segment is
 * encoded, colons included, so that `host:22` is no scheme: one bad URI loses the whole upload.
 */
export function encoded(path: string): string | null {
  return (
    segmentsWithin(path)
      ?.map((segment) => encodeURIComponent(printable(segment)))
      .join('/') ?? null
  );
}

const start: Region = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 };

/** `length` UTF-16 units of a line; endColumn is the first one after them. */
export function regionOf({ line, column }: Pick<Source, 'line' | 'column'>, length: number): Region {
  const endColumn = column + Math.max(1, length);
  return { startLine: line, startColumn: column, endLine: line, endColumn };
}

function physical(uri: string, region: Region): PhysicalLocation {
  return { artifactLocation: { uri }, region };
}
