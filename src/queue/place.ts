import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import { UserError } from '../errors.ts';

/** A Redis, as `--queue` names it. */
export interface RedisPlace {
  options: RedisOptions;
  /** The URL without user and password. */
  shown: string;
}

/** The path of a URL: the number of a database, or nothing. */
const DATABASE = /^(?:\/(\d{1,4})?)?$/;

/**
 * Reads a URL of Redis, or of Valkey. What is wrong is told without quoting it.
 *
 * @param password that of TWLINT_QUEUE_PASSWORD, which counts where the URL has none
 */
export function redisPlace(text: string, password: string | null): RedisPlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  const path = DATABASE.exec(url?.pathname ?? 'none');
  if (url === null || path === null || !isRedis(url))
    throw new UserError('--queue: no URL of a Redis', {
      hint: 'write it as redis://[USER@]HOST[:PORT][/DATABASE], or rediss:// with TLS',
    });
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secret = decoded(url.password) || password;
  return {
    options: {
      host,
      port: Number(url.port || 6379),
      db: Number(path[1] ?? 0),
      ...(url.username !== '' && { username: decoded(url.username) }),
      ...(secret && { password: secret }),
      ...(url.protocol === 'rediss:' && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    },
    shown: `${url.protocol}//${url.host}${path[1] === undefined ? '' : `/${path[1]}`}`,
  };
}

const isRedis = ({ protocol, hostname, search, hash }: URL): boolean =>
  ['redis:', 'rediss:'].includes(protocol) && hostname !== '' && search === '' && hash === '';

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new UserError('--queue: a % in the user or password of a URL is written %25', { cause });
  }
}
