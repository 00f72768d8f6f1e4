import ssh2, { type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { agentKinds } from './agent-kinds.ts';

/** The hash to sign with: given for RSA keys only. */
type Hash = SigningRequestOptions['hash'];

/** A key to log in with, whoever holds its private half. */
export interface Identity {
  /** The name for people: `~/.ssh/id_ed25519 (ED25519)`, `the agent's "me@laptop" (RSA)`. */
  name: string;
  /** The key, with at least its public half. */
  key: ParsedKey;
  sign(data: Buffer, hash: Hash, done: SignCallback): void;
}

/** Returns the identity of a key whose private half is in this process. */
export function parsedKeyIdentity(path: string, key: ParsedKey): Identity {
  return {
    name: `${path} (${kindOf(key)})`,
    key,
    sign(data, hash, done) {
      const signature: Buffer | Error = key.sign(data, hash);
      if (signature instanceof Error) done(signature);
      else done(null, signature);
    },
  };
}

/** The keys that an agent holds, or why it was not asked. */
export type AgentKeys =
  | {
      ok: true;
      identities: Identity[];
      /** The keys of kinds that only the system's ssh can use, on security tokens, and user certificates. */
      foreign: string[];
      certificates: string[];
    }
  | { ok: false; why: string };

/** The milliseconds for an agent to list its keys. */
const AGENT_TIMEOUT = 3000;

/** Lists the keys of the agent at that socket; null: none is to be asked. */
export async function agentIdentities(socket: string | undefined | null): Promise<AgentKeys> {
  if (socket === null) return { ok: false, why: 'the ssh-agent: IdentityAgent none' };
  if (!socket) return { ok: false, why: 'no ssh-agent: SSH_AUTH_SOCK is not set' };
  const listed = await listIdentities(socket);
  if (!listed.ok) return listed;
  const all = await agentKinds(socket);
  const named = (kind: RegExp) =>
    all.filter(({ type }) => kind.test(type)).map(({ comment }) => `the agent's "${comment}"`);
  return { ...listed, foreign: named(/^sk-(?!.*-cert-)/), certificates: named(/-cert-v\d\d@/) };
}

type Listed = { ok: true; identities: Identity[] } | { ok: false; why: string };

function listIdentities(socket: string): Promise<Listed> {
  const agent = ssh2.createAgent(socket);
  return new Promise((resolve) => {
    const late = () => resolve({ ok: false, why: `the ssh-agent at ${socket} does not answer` });
    const timer = setTimeout(late, AGENT_TIMEOUT);
    agent.getIdentities((error, keys = []) => {
      clearTimeout(timer);
      if (error) resolve({ ok: false, why: `the ssh-agent at ${socket} can't be asked: ${error.message}` });
      else resolve({ ok: true, identities: (keys as ParsedKey[]).map((key) => agentIdentity(agent, key)) });
    });
  });
}

function agentIdentity(agent: ssh2.BaseAgent, key: ParsedKey): Identity {
  return {
    name: `the agent's "${key.comment}" (${kindOf(key)})`,
    key,
    sign: (data, hash, done) => agent.sign(key, data, hash === undefined ? {} : { hash }, done),
  };
}

/** `ssh-ed25519` → `ED25519`, `ecdsa-sha2-nistp256` → `ECDSA` */
function kindOf(key: ParsedKey): string {
  return key.type.replace(/^ssh-/, '').replace(/-.*$/, '').toUpperCase();
}

export const sameKey = (a: ParsedKey, b: ParsedKey) => a.getPublicSSH().equals(b.getPublicSSH());
