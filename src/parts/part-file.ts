/**
 * A part of a fleet as a file: gzipped JSON, a line for what it is, one for each host and one for its end, so that a file
 * that was cut is known for it. Hosts stand in the order in which they answered.
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { isSnapshot } from '../collect/snapshot.ts';
import { UserError } from '../errors.ts';
import { checkFound, Unread } from '../read.ts';
import { beginWhole } from '../write.ts';
import { encodeHostPart, type HostPart, hostPartFrom, LARGEST_PART } from './host-part.ts';
import { endFrom, endLine, headFrom, type PartEnd, type PartHead } from './part-head.ts';

export interface PartWriter {
  /** Comes first. */
  head(head: PartHead): void;
  add(part: HostPart): void;
  finish(end: Omit<PartEnd, 'hosts'>): void;
  /** Leaves nothing of it behind. */
  abandon(): void;
}

/** Begins a part that only its owner can read. Each step throws a UserError where it fails. */
export function beginPart(path: string): PartWriter {
  const file = beginWhole(path, 0o600);
  let hosts = 0;
  return {
    head: (head) => file.add(gzipSync(`${JSON.stringify(head)}\n`)),
    add(part) {
      file.add(encodeHostPart(part));
      hosts += 1;
    },
    finish(end) {
      file.add(gzipSync(endLine({ ...end, hosts })));
      file.finish();
    },
    abandon: file.abandon,
  };
}

/** Reads what a part says of itself. Throws a UserError where it is none. */
export async function readHead(path: string, named: string): Promise<PartHead> {
  for await (const line of linesOf(path, named)) return headFrom(line, named);
  throw new UserError(`${named}: it is empty`, { hint: AGAIN });
}

export const isPart = (path: string): Promise<boolean> =>
  readHead(path, path).then(
    () => true,
    () => false,
  );

/**
 * Reads a part, host by host: none is held. Throws a UserError where it is damaged, or has not as many hosts as it says.
 *
 * @param take is given each host, and what messages call its place
 */
export async function readPart(
  path: string,
  named: string,
  take: (part: HostPart, where: string) => void,
): Promise<PartEnd> {
  let [number, hosts] = [0, 0];
  let head: PartHead | null = null;
  let end: PartEnd | null = null;
  for await (const line of linesOf(path, named)) {
    number += 1;
    const where = `${named}: line ${number}`;
    if (end !== null) throw new UserError(`${where}: there is more behind its end`, { hint: AGAIN });
    if (head === null) {
      head = headFrom(line, named);
      continue;
    }
    end = endFrom(line, where);
    if (end !== null) continue;
    hosts += 1;
    if (hosts > head.fleet.hosts)
      throw new UserError(`${where}: more hosts than the fleet has`, { hint: AGAIN });
    take(hostPartFrom(line, { where, host: null }), where);
  }
  if (end === null) throw new UserError(`${named}: it is cut short: it has no end`, { hint: AGAIN });
  if (end.hosts !== hosts)
    throw new UserError(`${named}: hosts are missing: it says ${end.hosts}, and has ${hosts}`, {
      hint: AGAIN,
    });
  return end;
}

const AGAIN = 'it was damaged on its way: copy it again, or audit its hosts again';

/** Bytes of a file: 100,000 hosts with a hundred times what most have. */
const LARGEST_FILE = 2 ** 36;

/** Reads line by line. A line is bounded, and who reads stops where there are too many. */
async function* linesOf(path: string, named: string): AsyncGenerator<string> {
  checkReadable(path, named);
  const unzipped = pipeline(createReadStream(path), createGunzip(), () => {});
  let [pieces, length]: [Buffer[], number] = [[], 0];
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...pieces, chunk.subarray(from, at)]).toString('utf8');
        [pieces, length, from] = [[], 0, at + 1];
      }
      pieces.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > LARGEST_PART)
        throw new UserError(
          `${named}: a host of more than ${LARGEST_PART / 2 ** 20} MiB, which is not read`,
          {
            hint: AGAIN,
          },
        );
    }
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(error as NodeJS.ErrnoException, named);
  } finally {
    unzipped.destroy();
  }
  if (length > 0) throw new UserError(`${named}: it is cut short: its last line has no end`, { hint: AGAIN });
}

const NEWLINE = 10;

function checkReadable(path: string, named: string): void {
  try {
    checkFound(path, LARGEST_FILE);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const hint = isSnapshot(path) ? `it is a snapshot: twlint audit --from ${named}` : PARTS;
    throw new UserError(`${named}: ${error.message}`, { hint, cause: error });
  }
}

const PARTS = 'name the files that twlint audit -o part:FILE wrote';

/** zlib's own codes; a file that is no gzip at all is most likely another one. */
function unreadable(error: NodeJS.ErrnoException, named: string): UserError {
  if (error.code === 'Z_BUF_ERROR')
    return new UserError(`${named}: it is cut short`, { hint: AGAIN, cause: error });
  if (error.code?.startsWith('Z_'))
    return new UserError(`${named}: no part of a fleet, or a damaged one: no gzip`, {
      hint: PARTS,
      cause: error,
    });
  return new UserError(`${named}: ${error.message}`, { cause: error });
}
