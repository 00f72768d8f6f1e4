import type { FileTree } from '../../define.ts';

const UNITS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];
const RUNLEVELS = ['S', '2', '3', '4', '5'].map((level) => `/etc/rc${level}.d`);

/** The services that an image starts: units that another one wants, and scripts of sysvinit. */
export function enabledServices(tree: FileTree): Set<string> {
  const names = (folder: string) => {
    const listed = tree.list(folder);
    return listed.ok ? listed.value : [];
  };
  const wanting = UNITS.flatMap((folder) =>
    names(folder)
      .filter((name) => /\.(wants|requires)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  const wanted = wanting.flatMap(names).map((name) => name.replace(/\.service$/, ''));
  const started = RUNLEVELS.flatMap(names).flatMap((name) => /^S\d\d(.+)$/.exec(name)?.[1] ?? []);
  return new Set([...wanted, ...started]);
}
