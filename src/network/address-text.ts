/** IPv4 and IPv6 addresses between text and number. */

/** An address and the family it is of; IPv4 as a number of 32 bits, IPv6 as a bigint of 128. */
export type Address = { family: 4; value: number } | { family: 6; value: bigint };

const BITS16 = 0xffffn;

/** Returns a key for maps, equal for equal addresses. */
export const addressKey = ({ family, value }: Address): string => `${family} ${value}`;

/** Returns null when the text is no address. IPv6 zones (`fe80::1%eth0`) and brackets are left to the caller. */
export function parseAddress(text: string): Address | null {
  if (text.includes(':')) {
    const value = parseV6(text);
    return value === null ? null : { family: 6, value };
  }
  const value = parseV4(text);
  return value === null ? null : { family: 4, value };
}

function parseV4(text: string): number | null {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return null;
    } else if (text[i] === '.' && octet >= 0 && ++dots <= 3) {
      value = value * 256 + octet;
      octet = -1;
    } else {
      return null;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : null;
}

/** RFC 4291, section 2.2: eight groups, one `::`, the last two groups may be dotted. */
export function parseV6(text: string): bigint | null {
  const [first = '', second, ...others] = text.split('::');
  if (others.length > 0) return null;
  const head = groups(first, second === undefined);
  const tail = second === undefined ? [] : groups(second, true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (second === undefined ? missing !== 0 : missing < 1) return null;
  let value = 0n;
  for (const group of [...head, ...Array<number>(missing).fill(0), ...tail]) {
    value = (value << 16n) | BigInt(group);
  }
  return value;
}

function groups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const result: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      result.push(Math.floor(v4 / 65536), v4 % 65536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      result.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return result;
}

export function printAddress(address: Address): string {
  return address.family === 4 ? printV4(address.value) : printV6(address.value);
}

/** `10.0.0.1:80`, `[2001:db8::1]:80` */
export function printEndpoint(address: Address, port: number): string {
  return address.family === 4 ? `${printV4(address.value)}:${port}` : `[${printV6(address.value)}]:${port}`;
}

export function printV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as `::`. */
export function printV6(value: bigint): string {
  const hex: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) hex.push(((value >> shift) & BITS16).toString(16));
  // ::ffff:192.0.2.1, as inet_ntop writes it
  if (value >> 32n === BITS16) return `::ffff:${printV4(Number(value & 0xffffffffn))}`;
  let best = { at: 0, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (hex[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.length === 1) return hex.join(':');
  return `${hex.slice(0, best.at).join(':')}::${hex.slice(best.at + best.length).join(':')}`;
}
