/** What hosts are called that no inventory names: as they call themselves, where a host may be called so. */
import { isHostName, isPathName, replacementFor } from '../../inventory/names.ts';
import type { SelfNamed } from '../../media/archive.ts';
import type { HostEvidence } from '../../model.ts';

type Warn = (text: string) => void;

/** A host of an archive, by a name that says so where its own is none. */
export function wellNamed({ evidence, namedIn }: SelfNamed, warn: Warn): HostEvidence {
  const { host, medium } = evidence;
  const path = medium?.path ?? host.source.file;
  return { ...evidence, host: { ...host, name: nameFrom(host.name, path, namedIn, warn) } };
}

/** `said`, or what to call it instead; `saidIn` is told as the place that said it. */
export function nameFrom(said: string, path: string, saidIn: string, warn: Warn): string {
  if (isHostName(said) || (said === path && isPathName(said))) return said;
  const name = replacementFor(said);
  const place = saidIn.startsWith(path) || saidIn.startsWith('-') ? saidIn : `${path}, ${saidIn}`;
  warn(`${place}: ${JSON.stringify(said.slice(0, 200))} can't be a host's name: it is called ${name} here`);
  return name;
}
