import type { Connection, HostEvidence, Target } from '../model.ts';
import { readArchiveOf } from './archive.ts';
import { readImage } from './image.ts';

/** A host whose evidence is stored already: nobody has to be asked. */
type TargetAtRest = Target & { connection: Connection & { kind: 'image' | 'archive' } };

export const isAtRest = (target: Target): target is TargetAtRest =>
  target.connection.kind === 'image' || target.connection.kind === 'archive';

/** Returns a medium's answers to these questions; that it can't be read becomes part of the value. */
export async function readMedium(
  { host, connection }: TargetAtRest,
  questions: Parameters<typeof readArchiveOf>[2],
): Promise<HostEvidence> {
  if (connection.kind === 'archive') return readArchiveOf(host, connection.path, questions);
  const { kind, path, file, prefix } = connection;
  const image = await readImage(path, questions, file);
  const { evidence, takenAt } = image.ok ? image.value : { evidence: [], takenAt: null };
  const medium = { kind, path, takenAt, ...(prefix !== undefined && { prefix }) };
  return { host, medium, reached: image.ok ? { ok: true, value: null } : image, evidence };
}
