import { planFor } from '../../collect/plan.ts';
import { collectors } from '../../collectors/index.ts';
import { UserError } from '../../errors.ts';
import { isInstallPath } from '../../inventory/connection.ts';
import { DEFAULT_PATH, installedScript, scriptIdentity } from '../../transports/script/installed-script.ts';
import { tool } from './tool.ts';

/** Plans every fact that can be collected: an installed script does not know which ones a run will want. */
const everything = () => planFor(collectors.keys(), collectors, 'all').first;

/** Returns the identity that this version's installed script reports. */
export function ownScriptIdentity(): string {
  return scriptIdentity(everything(), tool().version);
}

/** Returns the script for `--install-as PATH`; without a path, for its usual location. */
export function scriptToInstall(given: string): string {
  const path = given || DEFAULT_PATH;
  if (!isInstallPath(path))
    throw new UserError(`--install-as ${path}: not a path that twlint_collect_command may have`, {
      hint: `an absolute one, of letters, digits, _ . and -, that ends in /twlint-collect: ${DEFAULT_PATH}`,
    });
  return installedScript(everything(), tool().version, path);
}
