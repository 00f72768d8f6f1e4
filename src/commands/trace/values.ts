import { UserError } from '../../errors.ts';
import type { Source } from '../../model.ts';
import { type Address, parseAddress } from '../../network/address-text.ts';
import { protocolNumber } from '../../network/fields.ts';

/** The place of a value, for messages about it: an option (`--src`), or a key of a line of a file. */
export interface ValueContext {
  name: string;
  source: Source | null;
  errors: UserError[];
}

/** Reads a value; null where it is missing or invalid, the latter with a message in `errors`. */
function read<T>(
  value: unknown,
  place: ValueContext,
  wanted: string,
  parse: (value: unknown) => T | null,
): T | null {
  if (value === undefined || value === null) return null;
  const parsed = parse(value);
  if (parsed === null)
    place.errors.push(
      new UserError(`${place.name} ${JSON.stringify(value)}: should be ${wanted}`, { source: place.source }),
    );
  return parsed;
}

export const readAddress = (value: unknown, place: ValueContext): Address | null =>
  read(value, place, 'an IPv4 or IPv6 address', (one) =>
    typeof one === 'string' ? parseAddress(one) : null,
  );

export const readPort = (value: unknown, place: ValueContext): number | null =>
  read(value, place, 'a port, 0 to 65535', (one) => whole(one, 65535));

export const readProtocol = (value: unknown, place: ValueContext): number | null =>
  read(value, place, 'tcp, udp, ... or a number', (one) => {
    const number = protocolNumber(String(one));
    return number !== null && number <= 255 ? number : null;
  });

export const readMark = (value: unknown, place: ValueContext): number | null =>
  read(value, place, 'a mark: a number, or 0x and hex digits', (one) => whole(one, 0xffffffff));

export const readName = (value: unknown, place: ValueContext): string | null =>
  read(value, place, 'the name of an interface', (one) =>
    typeof one === 'string' && one !== '' ? one : null,
  );

function whole(value: unknown, most: number): number | null {
  const text = String(value);
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return null;
  return Number(text) <= most ? Number(text) : null;
}
