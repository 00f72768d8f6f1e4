/** Names hosts that are in no inventory: by the name that they have for themselves, where a host may have it. */
import { isHostName, isPathName, replacementFor } from '../../inventory/names.ts';
import type { SelfNamed } from '../../media/archive.ts';
import type { HostEvidence } from '../../model.ts';

type Warn = (text: string) => void;

/** Returns a host of an archive under a valid name: where its own is none, one that shows as much. */
export function wellNamed({ evidence, namedIn }: SelfNamed, warn: Warn): HostEvidence {
  const { host, medium } = evidence;
  const path = medium?.path ?? host.source.file;
  return { ...evidence, host: { ...host, name: nameFrom(host.name, path, namedIn, warn) } };
}

/** Returns the name `said`, or a replacement for it; `saidIn` is reported as its source. */
export function nameFrom(ownName: string, path: string, namedIn: string, warn: Warn): string {
  if (isHostName(ownName) || (ownName === path && isPathName(ownName))) return ownName;
  const name = replacementFor(ownName);
  const place = namedIn.startsWith(path) || namedIn.startsWith('-') ? namedIn : `${path}, ${namedIn}`;
  warn(
    `${place}: ${JSON.stringify(ownName.slice(0, 200))} can't be a host's name: it is called ${name} here`,
  );
  return name;
}
