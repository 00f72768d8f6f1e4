import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** Signs a public key as an SSH certificate authority; gives the certificate's path, beside the key. */
export function certify(
  authority: KeyPair,
  publicFile: string,
  { host = false, names, validity = 'always:forever' }: { host?: boolean; names: string; validity?: string },
): string {
  const kind = host ? ['-h'] : [];
  const args = [...kind, '-q', '-s', authority.file, '-I', 'test', '-n', names, '-V', validity, publicFile];
  execFileSync('ssh-keygen', args);
  return publicFile.replace(/\.pub$/, '-cert.pub');
}

/**
 * The private half of a key on a security token that nobody has: what ssh-keygen -t ed25519-sk writes (PROTOCOL.key and
 * PROTOCOL.u2f of OpenSSH), with a random handle.
 */
export function makeTokenKey(folder: string, name: string): string {
  const number = (value: number) => Buffer.from([0, 0, value >> 8, value & 0xff]);
  const string = (data: string | Buffer) =>
    Buffer.concat([number(Buffer.byteLength(data)), Buffer.from(data)]);
  const point = generateKeyPairSync('ed25519')
    .publicKey.export({ format: 'der', type: 'spki' })
    .subarray(-32);
  const publicHalf = Buffer.concat([string('sk-ssh-ed25519@openssh.com'), string(point), string('ssh:')]);
  const touch = Buffer.from([1]);
  const handle = [touch, string(randomBytes(64)), string('')];
  const check = [number(7), number(7)];
  const open = Buffer.concat([...check, publicHalf, ...handle, string(`${name}@token`)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (open.length % 8)) % 8));
  const head = [Buffer.from('openssh-key-v1\0'), string('none'), string('none'), string(''), number(1)];
  const whole = Buffer.concat([...head, string(publicHalf), string(Buffer.concat([open, padding]))]);
  const lines = whole.toString('base64').replace(/.{70}/g, '$&\n').trimEnd();
  const file = join(folder, name);
  const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
