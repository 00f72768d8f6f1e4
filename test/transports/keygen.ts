import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type KeyKind = 'ed25519' | 'rsa' | 'ecdsa';

export interface KeyPair {
  /** Path of the private key. */
  file: string;
  /** `ssh-ed25519 AAAA...` */
  publicLine: string;
  publicKey: Buffer;
}

/** A fresh pair of keys, made by ssh-keygen. Few rounds of key derivation: what is tested is not its slowness. */
export function makeKey(
  folder: string,
  name: string,
  {
    kind = 'ed25519',
    passphrase = '',
    format,
  }: { kind?: KeyKind; passphrase?: string; format?: 'PEM' | 'PKCS8' } = {},
): KeyPair {
  const file = join(folder, name);
  const size = kind === 'rsa' ? ['-b', '2048'] : [];
  const how = format ? ['-m', format] : ['-a', '1'];
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    kind,
    ...size,
    ...how,
    '-N',
    passphrase,
    '-C',
    `${name}@test`,
    '-f',
    file,
  ]);
  const [type, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ');
  return { file, publicLine: `${type} ${base64}`, publicKey: Buffer.from(base64!, 'base64') };
}
