import type { Connection, HostEvidence, Target } from '../model.ts';
import { readArchiveOf } from './archive.ts';
import { askImage, openImage } from './image.ts';

/** A host whose evidence lies somewhere: nobody has to be asked. */
type TargetAtRest = Target & { connection: Connection & { kind: 'image' | 'archive' } };

export const isAtRest = (target: Target): target is TargetAtRest =>
  target.connection.kind === 'image' || target.connection.kind === 'archive';

/** What a medium says to these questions; that it can't be read becomes part of the value. */
export async function readMedium(
  { host, connection }: TargetAtRest,
  questions: Parameters<typeof readArchiveOf>[2],
): Promise<HostEvidence> {
  if (connection.kind === 'archive') return readArchiveOf(host, connection.path, questions);
  const { kind, path, prefix } = connection;
  const medium = { kind, path, takenAt: null, ...(prefix !== undefined && { prefix }) };
  const tree = openImage(path);
  if (!tree.ok) return { host, medium, reached: tree, evidence: [] };
  return { host, medium, reached: { ok: true, value: null }, evidence: askImage(tree.value, questions) };
}
