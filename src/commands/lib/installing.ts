import { planFor } from '../../collect/plan.ts';
import { collectors } from '../../collectors/index.ts';
import { UserError } from '../../errors.ts';
import { isInstallPath } from '../../inventory/connection.ts';
import { DEFAULT_PATH, identityOf, installedScript } from '../../transports/script/installed-script.ts';
import { tool } from './tool.ts';

/** All that can be asked: an installed script does not know which facts a run will want. */
const everything = () => planFor(collectors.keys(), collectors, 'all').first;

/** What this version's installed script calls itself. */
export function ownIdentity(): string {
  return identityOf(everything(), tool().version);
}

/** The script for `--install-as PATH`; without a path, for where it usually lies. */
export function scriptToInstall(given: string): string {
  const path = given || DEFAULT_PATH;
  if (!isInstallPath(path))
    throw new UserError(`--install-as ${path}: not a path that twlint_collect_command may have`, {
      hint: `an absolute one, of letters, digits, _ . and -, that ends in /twlint-collect: ${DEFAULT_PATH}`,
    });
  return installedScript(everything(), tool().version, path);
}
