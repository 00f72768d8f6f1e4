import { throwIfAny, UserError } from '../../errors.ts';
import { type AgentKeys, agentIdentities, type Identity, sameKey } from './identity.ts';
import { keyLoader, type Load, type Loaded, type Unlocking } from './key-loader.ts';

/** A request for the keys that may be tried on a host. */
export interface KeyRequest {
  /** The files that were named for it, in order: absolute paths. */
  files: string[];
  /** True when OpenSSH's default files are not tried. */
  noDefaults: boolean;
  /** True with IdentitiesOnly: of the agent's keys, only those count that one of the files names. */
  only: boolean;
  /** The agent's socket; undefined: there is no agent; null: none is to be asked. */
  agent: string | undefined | null;
}

/** The keys to try on a host, in order. */
export interface Offer {
  identities: Identity[];
  /** The keys that are not tried, and why: reported when nothing else lets us in. */
  withheld: string[];
  /** The keys that only the system's ssh can use. */
  foreign: string[];
  /** The user certificates, which only the system's ssh can use. */
  certificates: string[];
}

export interface KeysOptions extends Unlocking {
  /** The files given with --key, which have to be of use. */
  keyFiles: readonly string[];
  /** The requests of all hosts. */
  requests: readonly KeyRequest[];
}

/** Returns the keys to try on a host that asks for these. */
export type OfferKeys = (request: KeyRequest) => Offer;

/** OpenSSH's default identity files, in its order. */
const DEFAULT_FILES = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_dsa'];

/**
 * Reads and unlocks every key of a run, once, before the first connection: all questions come at the start, and one
 * encrypted key costs its 0.3 s of key derivation once. Order of an offer: files that were named for the host, then
 * the agent's, and OpenSSH's default files only where no file was named.
 */
export async function loadKeys(options: KeysOptions): Promise<OfferKeys> {
  const load = remembering(keyLoader(options));
  const agents = new Map<KeyRequest['agent'], AgentKeys>();
  for (const { agent } of options.requests)
    if (!agents.has(agent)) agents.set(agent, await agentIdentities(agent));
  await checkNamedKeys(options, agents, load);
  const offers = new Map<string, Offer>();
  for (const request of options.requests) {
    const key = JSON.stringify(request);
    // biome-ignore lint/style/noNonNullAssertion: every request's agent was asked above
    if (!offers.has(key)) offers.set(key, await offerFor(request, agents.get(request.agent)!, load));
  }
  // biome-ignore lint/style/noNonNullAssertion: the options have every request of the run
  return (request) => offers.get(JSON.stringify(request))!;
}

/**
 * Remembers what was loaded. A file may be asked for by many hosts, and its passphrase is asked for once. One agent may
 * hold a key that another does not.
 */
function remembering(load: Load): Load {
  const known = new Map<AgentKeys, Map<string, Loaded>>();
  return async (path, agent, worthAsking) => {
    const ofAgent = known.get(agent) ?? new Map<string, Loaded>();
    known.set(agent, ofAgent);
    const key = `${worthAsking} ${path}`;
    const loaded = ofAgent.get(key) ?? (await load(path, agent, worthAsking));
    ofAgent.set(key, loaded);
    return loaded;
  };
}

async function checkNamedKeys(
  { keyFiles, requests }: KeysOptions,
  agents: ReadonlyMap<KeyRequest['agent'], AgentKeys>,
  load: Load,
): Promise<void> {
  const agent = agents.get(requests[0]?.agent) ?? { ok: false as const, why: '' };
  const given = await loadAll(keyFiles, agent, load, true);
  const useless = given.filter(({ identity, foreign }) => identity === null && !foreign);
  throwIfAny(useless.map((file) => new UserError(`--key ${file.path}: ${file.why}`)));
}

async function loadAll(
  paths: readonly string[],
  agent: AgentKeys,
  load: Load,
  worthAsking: boolean,
): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  // one after the other: each may ask a question
  for (const path of paths) loaded.push(await load(path, agent, worthAsking));
  return loaded;
}

async function offerFor(request: KeyRequest, agent: AgentKeys, load: Load): Promise<Offer> {
  const named = await loadAll(request.files, agent, load, true);
  const fromAgent = agent.ok && !request.only ? agent.identities : [];
  const usesDefaults = request.files.length === 0 && !request.noDefaults;
  const defaults = usesDefaults ? await loadDefaults(load, agent, fromAgent.length > 0) : [];
  const files = [...named, ...defaults];
  const usable = (loaded: Loaded[]) => loaded.flatMap((file) => file.identity ?? []);
  const identities: Identity[] = [];
  for (const identity of [...usable(named), ...fromAgent, ...usable(defaults)])
    if (!identities.some((earlier) => sameKey(earlier.key, identity.key))) identities.push(identity);
  return {
    identities,
    withheld: [...withheldFiles(files), ...withheldByAgent(request, agent)],
    foreign: [
      ...files.filter(({ foreign }) => foreign).map(({ path }) => path),
      ...(agent.ok && !request.only ? agent.foreign : []),
    ],
    certificates: [
      ...files.flatMap(({ certificate }) => certificate ?? []),
      ...(agent.ok ? agent.certificates : []),
    ],
  };
}

/** Loads the default files. A passphrase is asked for only where there is nothing else to log in with. */
async function loadDefaults(load: Load, agent: AgentKeys, agentHelps: boolean): Promise<Loaded[]> {
  const paths = DEFAULT_FILES.map((name) => `~/.ssh/${name}`);
  const loaded = await loadAll(paths, agent, load, false);
  const enough = agentHelps || loaded.some((file) => file.identity);
  return (enough ? loaded : await loadAll(paths, agent, load, true)).filter((file) => !file.missing);
}

const withheldFiles = (files: Loaded[]) =>
  files.filter((file) => file.identity === null).map((file) => `${file.path}: ${file.why}`);

function withheldByAgent({ only }: KeyRequest, agent: AgentKeys): string[] {
  if (!agent.ok) return [agent.why];
  if (agent.identities.length === 0) return ['the ssh-agent holds no key that can be used'];
  return only ? ["the agent's other keys, because of IdentitiesOnly"] : [];
}
