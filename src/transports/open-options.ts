import type { Transport } from '../model.ts';
import type { HostKeyChecking } from './known-hosts/host-key.ts';

/** The options of a run for its connections. */
export interface OpenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** TWLINT_SSH_PASSPHRASE, which is not in `env`; null: nobody gave one. */
  passphrase: string | null;
  /** The value of -F: a file, or `none`; null: ssh's own. */
  sshConfig: string | null;
  /** The files of --key. */
  keys: readonly string[];
  /** The files of --known-hosts. */
  knownHosts: readonly string[];
  /** The value of --host-key-checking; null: as in ssh_config, or strict. */
  hostKeyChecking: HostKeyChecking | null;
  /** The milliseconds from the look-up of a name until logged in; null: as in ssh_config, or 10 s. */
  connectTimeout: number | null;
  /** The password for hosts that want one; null: nobody gave one. */
  password: string | null;
  /** The value of --transport; null: as in the inventory, or auto. */
  transport: Transport | null;
  /** The number of retries for a bastion, where that can help. */
  retries: number;
  /** Asks for something that must not be shown; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** Reports to the user something that is no host's failure. */
  warn(text: string): void;
}
