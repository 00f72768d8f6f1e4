import ssh2, { type ParsedKey } from 'ssh2';
import { readNamed, Unread } from '../../read.ts';

/** The kind of a private key file, and its contents. */
export type KeyFile =
  | { kind: 'open'; key: ParsedKey }
  /** An encrypted key. Newer files have their public half in the clear all the same. */
  | { kind: 'locked'; publicKey: ParsedKey | null; unlock(passphrase: string): ParsedKey | null }
  /** A public key alone: it chooses one of the agent's. */
  | { kind: 'public'; key: ParsedKey }
  /** An unusable file; `foreign`: the system's own ssh may be able to use it. */
  | { kind: 'unusable'; missing: boolean; foreign: boolean; why: string };

/** The most bytes of a key file, as in OpenSSH (authfile.c, MAX_KEY_FILE_SIZE). */
const LARGEST = 2 ** 20;

/** Reads and parses a key file. */
export function readKeyFile(path: string): KeyFile {
  let text: string;
  try {
    text = readNamed(path, LARGEST);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const { code, message } = error;
    const why = code === 'EACCES' ? 'permission denied' : message;
    return { kind: 'unusable', missing: code === 'ENOENT', foreign: false, why };
  }
  return parseKeyFile(text);
}

function parseKeyFile(text: string): KeyFile {
  const key = ssh2.utils.parseKey(text);
  if (!(key instanceof Error)) return key.isPrivateKey() ? { kind: 'open', key } : { kind: 'public', key };
  // ssh2: "Encrypted private OpenSSH key detected, but no passphrase given"
  if (/no passphrase given/i.test(key.message)) {
    const unlock = (passphrase: string) => {
      const opened = ssh2.utils.parseKey(text, passphrase);
      return opened instanceof Error ? null : opened;
    };
    return { kind: 'locked', publicKey: publicHalf(text), unlock };
  }
  // Unsupported OpenSSH private key type: sk-ssh-ed25519@openssh.com
  if (/type: sk-/.test(key.message))
    return {
      kind: 'unusable',
      missing: false,
      foreign: true,
      why: "a key on a security token (FIDO), which only the system's ssh can use (--transport openssh)",
    };
  return { kind: 'unusable', missing: false, foreign: false, why: unusableMessage(text, key.message) };
}

function unusableMessage(text: string, message: string): string {
  if (/BEGIN (ENCRYPTED )?PRIVATE KEY/.test(text))
    return 'a PKCS#8 key, which cannot be read here: rewrite it with ssh-keygen -p -f FILE';
  return `no private key that can be read here (${message})`;
}

/**
 * Returns the public half of an encrypted key: OpenSSH's own format (PROTOCOL.key in its source) keeps it in the clear,
 * after "openssh-key-v1\0", three strings (cipher, kdf, its options) and the number of keys.
 */
function publicHalf(text: string): ParsedKey | null {
  const [, base64] = /-BEGIN OPENSSH PRIVATE KEY-+([^-]+)-/.exec(text) ?? [];
  if (base64 === undefined) return null;
  const data = Buffer.from(base64, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const stringEnd = () => at + 4 + (at + 4 <= data.length ? data.readUInt32BE(at) : data.length);
  for (let i = 0; i < 3; i++) at = stringEnd();
  at += 4;
  if (stringEnd() > data.length) return null;
  const key = ssh2.utils.parseKey(data.subarray(at + 4, stringEnd()));
  return key instanceof Error ? null : key;
}
