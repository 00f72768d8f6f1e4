import type { UserError } from '../../src/errors.ts';
import type { SshConnection } from '../../src/transports/settings/explicit-settings.ts';
import {
  type Circumstances,
  resolveSettings,
  type SshSettings,
} from '../../src/transports/settings/ssh-settings.ts';
import { readSshConfig } from '../../src/transports/ssh-config/files.ts';
import { fileIn, scratchFolder } from './folder.ts';

export interface Asked {
  /** ssh_config */
  config?: string;
  connection?: Partial<SshConnection>;
  inventory?: Record<string, Partial<SshConnection>>;
  around?: Partial<Circumstances>;
}

const source = { file: 'hosts.yaml', line: 7, column: 5 };

function connectionWith(more: Partial<SshConnection> = {}): SshConnection {
  const nothing = { port: null, user: null, identityFile: null, legacy: false, become: null };
  return { kind: 'ssh', address: 'lb-1', ...nothing, ...more };
}

/** Settings as they come of a configuration, an inventory and the command line. */
export function settle({ config = '', connection, inventory = {}, around }: Asked): {
  settings: SshSettings;
  mistakes: string[];
} {
  const home = scratchFolder();
  const places = { cwd: home, home };
  const errors: UserError[] = [];
  const named = Object.entries(inventory).map(
    ([name, more]) => [name, connectionWith({ address: name, ...more })] as const,
  );
  const circumstances: Circumstances = {
    config: readSshConfig(fileIn(home, 'config', config), places),
    places,
    env: {},
    localUser: 'me',
    keyFiles: [],
    checking: null,
    knownHostsGiven: false,
    connectTimeout: null,
    inventory: new Map(named),
    ...around,
  };
  const settings = resolveSettings(connectionWith(connection), source, circumstances, errors);
  return { settings, mistakes: errors.map((error) => error.describe()) };
}
