import type { FileTree } from '../../define.ts';
import { isHidden } from './programs.ts';

const UNITS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];
const SCRIPTS = '/etc/init.d';
const RUNLEVELS = ['S', '2', '3', '4', '5'].map((level) => `/etc/rc${level}.d`);

/** The services that an image starts. */
interface Services {
  /** Units that another one wants, and scripts of sysvinit. */
  enabled: Set<string>;
  /** Units and scripts that are there, whether or not something starts them, and the file of each. */
  installed: Map<string, string>;
  /** The reason why there may be more: a folder that can't be listed; null where all could be. */
  hidden: string | null;
}

export function servicesIn(tree: FileTree): Services {
  let hidden: string | null = null;
  const names = (folder: string) => {
    const listed = tree.list(folder);
    if (isHidden(listed)) hidden ??= listed.reason;
    return listed.ok ? listed.value : [];
  };
  const wanting = UNITS.flatMap((folder) =>
    names(folder)
      .filter((name) => /\.(wants|requires)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  const wanted = wanting.flatMap(names).map((name) => name.replace(/\.service$/, ''));
  const started = RUNLEVELS.flatMap(names).flatMap((name) => /^S\d\d(.+)$/.exec(name)?.[1] ?? []);
  const units = UNITS.flatMap((folder) => names(folder).map((name) => `${folder}/${name}`)).filter((path) =>
    path.endsWith('.service'),
  );
  const scripts = names(SCRIPTS).map((name) => `${SCRIPTS}/${name}`);
  const named = [...units, ...scripts].map((path): [string, string] => [
    path.slice(path.lastIndexOf('/') + 1).replace(/\.service$/, ''),
    path,
  ]);
  // of several the first holds
  const installed = new Map(named.toReversed());
  return { enabled: new Set([...wanted, ...started]), installed, hidden };
}
