/** Networks that IANA's registries of special-purpose addresses set apart. */
import { parseAddresses, unionOf } from '../addresses.ts';

// biome-ignore lint/style/noNonNullAssertion: those below are networks
const networks = (...texts: string[]) => unionOf(texts.map((text) => parseAddresses(text)!));

/** Addresses that no packet from elsewhere bears. */
export const NEVER = networks('0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8');

/** Addresses that anybody may use: RFC 1918, RFC 6598, RFC 4193. */
export const PRIVATE = networks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7');
