import { type HomePlaces, shownPath } from '../home-path.ts';
import { type KnownHosts, readKnownHosts } from '../known-hosts/known-hosts-files.ts';
import type { OpenOptions } from '../open-options.ts';
import type { SshSettings } from './ssh-settings.ts';

/** Returns the host keys that are known for a host with these settings. */
export type HostKeys = (settings: SshSettings) => KnownHosts;

type Options = Pick<OpenOptions, 'knownHosts' | 'hostKeyChecking' | 'warn'>;

/** Reads each set of files once, and warns of the hosts whose keys are not checked at all. Throws UserErrors. */
export function readHostKeys(all: readonly SshSettings[], options: Options, places: HomePlaces): HostKeys {
  warnOfUnchecked(all, options, places);
  const read = new Map<string, KnownHosts>();
  const find: HostKeys = ({ knownHosts, checking }) => {
    const files = knownHosts ?? options.knownHosts;
    const firstMayBeMissing = checking !== 'strict';
    const key = JSON.stringify([files, firstMayBeMissing]);
    const named = knownHosts === null;
    const known = read.get(key) ?? readKnownHosts({ files, named, firstMayBeMissing }, places);
    read.set(key, known);
    return known;
  };
  for (const each of all) find(each);
  return find;
}

function warnOfUnchecked(
  all: readonly SshSettings[],
  { hostKeyChecking, warn }: Options,
  places: HomePlaces,
): void {
  const risk = 'anybody on the way could pose as a host';
  if (hostKeyChecking === 'off') warn(`host keys are not checked (--host-key-checking=off): ${risk}`);
  const by = new Set(
    all.flatMap(({ uncheckedBy }) =>
      uncheckedBy ? [`${shownPath(uncheckedBy.file, places)}:${uncheckedBy.line}`] : [],
    ),
  );
  for (const place of by)
    warn(`some host keys are not checked (StrictHostKeyChecking no, ${place}): ${risk}`);
}
