import type { Transport } from '../model.ts';
import type { HostKeyChecking } from './known-hosts/host-key.ts';

/** What a run says about its connections. */
export interface OpenOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** TWLINT_SSH_PASSPHRASE, which is not in `env`; null: nobody gave one. */
  passphrase: string | null;
  /** -F: a file, or `none`; null: ssh's own. */
  sshConfig: string | null;
  /** --key */
  keys: readonly string[];
  /** --known-hosts */
  knownHosts: readonly string[];
  /** null: as ssh_config says, or strict. */
  hostKeyChecking: HostKeyChecking | null;
  /** Milliseconds from the look-up of a name until logged in; null: as ssh_config says, or 10 s. */
  connectTimeout: number | null;
  /** What hosts get that want a password; null: nobody gave one. */
  password: string | null;
  /** --transport; null: as the inventory says, or auto. */
  transport: Transport | null;
  /** Times to try a bastion again, where that can help. */
  retries: number;
  /** Asks for something that must not be shown; null where nobody can answer. */
  askSecret: ((question: string) => Promise<string>) | null;
  /** Tells the user something that is no host's failure. */
  warn(text: string): void;
}
