import { throwIfAny, UserError } from '../errors.ts';
import { absolutePath, type Places, shownPath } from './home-path.ts';
import { type AgentKeys, agentIdentities, type Identity, ownIdentity, sameKey } from './identity.ts';
import { type KeyFile, readKeyFile } from './key-file.ts';

/** The keys to try on a host, in order. */
export interface Offer {
  identities: Identity[];
  /** What is not tried, and why: told when nothing else lets us in. */
  withheld: string[];
}

export interface KeysOptions extends Places {
  /** SSH_AUTH_SOCK. */
  agentSocket: string | undefined;
  /** Files given with --key. */
  keyFiles: readonly string[];
  /** Each host's own key file, as its inventory has it; null: a host without. */
  hostKeyFiles: readonly (string | null)[];
  /** TWLINT_SSH_PASSPHRASE. */
  passphrase: string | undefined;
  /** Asks for something that must not be shown; null where nobody can answer. An empty answer gives up. */
  askSecret: ((question: string) => Promise<string>) | null;
}

/** Says which keys to try on a host with that key file of its own. */
export type OfferKeys = (ownFile: string | null) => Offer;

/** OpenSSH's default identity files, in its order. */
const DEFAULT_FILES = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_dsa'];

/** How often a passphrase is asked for; as OpenSSH's NumberOfPasswordPrompts. */
const ATTEMPTS = 3;

/** One key file, read and, where it had to be, unlocked. */
interface Loaded {
  path: string;
  /** null: can't be used, see `why`. */
  identity: Identity | null;
  why: string;
  missing: boolean;
}

/**
 * Reads and unlocks every key of a run, once, before the first connection: all questions come at the start, and one
 * encrypted key costs its 0.3 s of key derivation once. Order of an offer, as in OpenSSH: files that were named for
 * the host or by --key, then the agent's, and OpenSSH's default files only where no file was named.
 */
export async function loadKeys(options: KeysOptions): Promise<OfferKeys> {
  const agent = await agentIdentities(options.agentSocket);
  const load = keyLoader(options, agent);
  const given = await loadAll(options.keyFiles, load, true);
  throwIfAny(
    given
      .filter((file) => file.identity === null)
      .map((file) => new UserError(`--key ${file.path}: ${file.why}`)),
  );
  const own = new Map<string, Loaded>();
  for (const path of new Set(options.hostKeyFiles)) if (path !== null) own.set(path, await load(path, true));
  const usesDefaults = given.length === 0 && options.hostKeyFiles.includes(null);
  const defaults = usesDefaults ? await loadDefaults(load, agent) : [];
  return (ownFile) => {
    const named = [...(ownFile === null ? [] : [own.get(ownFile)!]), ...given];
    return offer(named, agent, named.length > 0 ? [] : defaults);
  };
}

type Load = (path: string, worthAsking: boolean) => Promise<Loaded>;

async function loadAll(paths: readonly string[], load: Load, worthAsking: boolean): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  // one after the other: each may ask a question
  for (const path of paths) loaded.push(await load(path, worthAsking));
  return loaded;
}

/** A passphrase is asked for only where there is nothing else to log in with. */
async function loadDefaults(load: Load, agent: AgentKeys): Promise<Loaded[]> {
  const paths = DEFAULT_FILES.map((name) => `~/.ssh/${name}`);
  const loaded = await loadAll(paths, load, false);
  const enough = (agent.ok && agent.identities.length > 0) || loaded.some((file) => file.identity);
  return (enough ? loaded : await loadAll(paths, load, true)).filter((file) => !file.missing);
}

function offer(named: Loaded[], agent: AgentKeys, defaults: Loaded[]): Offer {
  const files = (loaded: Loaded[]) => loaded.flatMap((file) => file.identity ?? []);
  const identities: Identity[] = [];
  for (const identity of [...files(named), ...(agent.ok ? agent.identities : []), ...files(defaults)])
    if (!identities.some((earlier) => sameKey(earlier.key, identity.key))) identities.push(identity);
  const withheld = [...named, ...defaults]
    .filter((file) => file.identity === null)
    .map((file) => `${file.path}: ${file.why}`);
  if (!agent.ok) withheld.push(agent.why);
  else if (agent.identities.length === 0) withheld.push('the ssh-agent holds no key that can be used');
  return { identities, withheld };
}

/** Remembers the passphrases that were given: people have one for several keys. */
function keyLoader(options: KeysOptions, agent: AgentKeys): Load {
  const passphrases = options.passphrase ? [options.passphrase] : [];
  return async (written, worthAsking) => {
    const path = absolutePath(written, options);
    const shown = shownPath(path, options);
    const usable = (identity: Identity): Loaded => ({ path: shown, identity, why: '', missing: false });
    const unusable = (why: string, missing = false): Loaded => ({
      path: shown,
      identity: null,
      why,
      missing,
    });
    const file = readKeyFile(path);
    if (file.kind === 'unusable') return unusable(file.why, file.missing);
    if (file.kind === 'open') return usable(ownIdentity(shown, file.key));
    const held = heldByAgent(file, agent);
    if (held) return usable({ ...held, name: `${shown} through the agent` });
    if (file.kind === 'public') return unusable('a public key, and no agent holds its private half');
    const known = firstOf(passphrases, file.unlock);
    if (known) return usable(ownIdentity(shown, known));
    if (options.askSecret === null || !worthAsking) return unusable(lockedWords(options));
    const asked = await unlockByAsking(shown, file.unlock, options.askSecret);
    if (asked === null) return unusable('encrypted, and it was not unlocked');
    passphrases.push(asked.passphrase);
    return usable(ownIdentity(shown, asked.key));
  };
}

function firstOf<T>(passphrases: readonly string[], unlock: (passphrase: string) => T | null): T | null {
  for (const passphrase of passphrases) {
    const opened = unlock(passphrase);
    if (opened) return opened;
  }
  return null;
}

async function unlockByAsking<T>(
  path: string,
  unlock: (passphrase: string) => T | null,
  askSecret: (question: string) => Promise<string>,
): Promise<{ passphrase: string; key: T } | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const again = attempt > 1 ? 'That was not it. ' : '';
    const passphrase = await askSecret(`${again}Passphrase for ${path}: `);
    if (passphrase === '') return null;
    const key = unlock(passphrase);
    if (key) return { passphrase, key };
  }
  return null;
}

function heldByAgent(file: KeyFile & { kind: 'locked' | 'public' }, agent: AgentKeys): Identity | null {
  const publicKey = file.kind === 'public' ? file.key : file.publicKey;
  if (!agent.ok || publicKey === null) return null;
  return agent.identities.find((identity) => sameKey(identity.key, publicKey)) ?? null;
}

function lockedWords({ passphrase, askSecret }: KeysOptions): string {
  if (passphrase) return 'encrypted, and not with the passphrase in TWLINT_SSH_PASSPHRASE';
  const name = askSecret ? ', name it with --key to be asked for its passphrase,' : '';
  return `encrypted: add it to the agent (ssh-add)${name} or set TWLINT_SSH_PASSPHRASE`;
}
