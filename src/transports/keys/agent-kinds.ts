import { connect } from 'node:net';

/** The milliseconds for an agent to answer. */
const TIMEOUT = 3000;
/** The most bytes of an answer, as OpenSSH's AGENT_MAX_LEN. */
const LIMIT = 256 * 1024;

/** A key that an agent holds. */
export interface AgentKey {
  /** `sk-ssh-ed25519@openssh.com`, `ssh-ed25519-cert-v01@openssh.com` */
  type: string;
  comment: string;
}

/**
 * Lists all keys of the agent at that socket, also of the kinds that ssh2 leaves out. None where it can't be asked: the
 * reason is reported by whoever wants to use the agent. (draft-ietf-sshm-ssh-agent: SSH_AGENTC_REQUEST_IDENTITIES, 11;
 * its answer, 12.)
 */
export function agentKinds(path: string): Promise<AgentKey[]> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect(path);
    const end = (keys: AgentKey[]) => {
      socket.destroy();
      resolve(keys);
    };
    socket.setTimeout(TIMEOUT, () => end([]));
    socket.on('error', () => end([]));
    socket.on('close', () => end([]));
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 1, 11])));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const length = answer.length < 4 ? LIMIT : answer.readUInt32BE(0);
      if (answer.length > LIMIT) end([]);
      else if (answer.length >= 4 + length) end(readKeys(answer.subarray(4, 4 + length)));
    });
  });
}

/**
 * Parses an answer: a byte for its kind, the number of keys, and for each a key and a comment, their lengths before
 * them.
 */
function readKeys(answer: Buffer): AgentKey[] {
  if (answer[0] !== 12 || answer.length < 5) return [];
  let rest = answer.subarray(5);
  const next = (): Buffer | null => {
    const end = rest.length < 4 ? Number.POSITIVE_INFINITY : 4 + rest.readUInt32BE(0);
    if (end > rest.length) return null;
    const value = rest.subarray(4, end);
    rest = rest.subarray(end);
    return value;
  };
  const keys: AgentKey[] = [];
  for (let count = answer.readUInt32BE(1); count > 0; count--) {
    const [blob, comment] = [next(), next()];
    if (blob === null || comment === null || blob.length < 4) break;
    keys.push({
      type: blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)),
      comment: comment.toString('utf8'),
    });
  }
  return keys;
}
