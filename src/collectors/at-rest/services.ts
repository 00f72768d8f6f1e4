import type { FileTree } from '../../define.ts';
import { isHidden } from './programs.ts';

const UNITS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];
const RUNLEVELS = ['S', '2', '3', '4', '5'].map((level) => `/etc/rc${level}.d`);

/** The services that an image starts. */
interface Services {
  /** Units that another one wants, and scripts of sysvinit. */
  enabled: Set<string>;
  /** The reason why there may be more: a folder that can't be listed; null where all could be. */
  hidden: string | null;
}

export function enabledServices(tree: FileTree): Services {
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
  return { enabled: new Set([...wanted, ...started]), hidden };
}
