/** What a part of a fleet says of itself, before its hosts and behind them. */
import { hash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { FleetRun, Json, Shard } from '../model.ts';
import { againstSchema } from './against-schema.ts';
import type { AuditedBy } from './audited-by.ts';

const FORMAT = 'twlint-part/1';

export interface PartHead {
  format: typeof FORMAT;
  /** The part of the fleet that it has. */
  shard: Shard;
  fleet: FleetNames;
  by: AuditedBy;
}

/** All hosts of a run, whatever part of them is asked. */
interface FleetNames {
  hosts: number;
  /** A digest of their names, in their order. */
  digest: string;
  /** True where `--limit` left others out. */
  limited: boolean;
}

export interface PartEnd extends Omit<FleetRun<unknown>, 'hosts'> {
  /** The number of hosts that it has. */
  hosts: number;
}

export const fleetNamed = (names: readonly string[], limited: boolean): FleetNames => ({
  hosts: names.length,
  digest: hash('sha256', JSON.stringify(names)),
  limited,
});

export const partHead = (about: Omit<PartHead, 'format'>): PartHead => ({ format: FORMAT, ...about });

const AGAIN = 'twlint audit -o part:FILE writes parts: was it changed, or is it something else?';

/** Reads the first line of a part. Throws a UserError. */
export function headFrom(text: string, where: string): PartHead {
  const value = jsonOf(text, where);
  const { format } = Object(value) as { format?: Json };
  if (format !== FORMAT)
    throw new UserError(
      format === undefined
        ? `${where}: no part of a fleet`
        : `${where}: a part of format ${JSON.stringify(format).slice(0, 80)}`,
      { hint: format === undefined ? AGAIN : `this twlint reads ${FORMAT}` },
    );
  const fault = againstSchema(HEAD, value, HEAD, 'it') ?? shardFault(value as unknown as PartHead);
  if (fault !== null) throw new UserError(`${where}: ${fault}`, { hint: AGAIN });
  return value as unknown as PartHead;
}

/** Reads the last line of a part; null: it is another. Throws a UserError. */
export function endFrom(text: string, where: string): PartEnd | null {
  // a host's line begins otherwise, and is not parsed twice
  if (!text.startsWith('{"end":')) return null;
  const value = jsonOf(text, where);
  const fault = againstSchema(END, value, END, 'it');
  if (fault !== null) throw new UserError(`${where}: ${fault}`, { hint: AGAIN });
  const { end } = value as unknown as { end: PartEnd };
  if (![end.startedAt, end.finishedAt].every(isTime))
    throw new UserError(`${where}: its times are none`, { hint: AGAIN });
  return end;
}

export const endLine = (end: PartEnd): string => `${JSON.stringify({ end })}\n`;

function jsonOf(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new UserError(`${where}: it is no JSON`, { hint: AGAIN, cause });
  }
}

const shardFault = ({ shard: { number, of } }: PartHead): string | null =>
  number <= of ? null : `there is no part ${number} of ${of}`;

const isTime = (time: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time);

const object = (properties: { [name: string]: Json }): Json => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

const TEXT = { type: 'string' };
const NUMBER = { type: 'integer', minimum: 1 };
const COUNT = { type: 'integer', minimum: 0 };
const SWITCH = { type: 'boolean' };

const HEAD = object({
  format: TEXT,
  shard: object({ number: NUMBER, of: NUMBER }),
  fleet: object({ hosts: COUNT, digest: TEXT, limited: SWITCH }),
  by: object({
    twlint: TEXT,
    rules: { type: 'object', additionalProperties: TEXT },
    netns: TEXT,
    interval: { type: ['string', 'null'] },
  }),
});

const END = object({
  end: object({ startedAt: TEXT, finishedAt: TEXT, interrupted: SWITCH, hosts: COUNT }),
});
