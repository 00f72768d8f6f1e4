/** Finds what ipvsadm would make of the virtual services of a namespace. ipvsadm(8). */
import { UserError } from '../errors.ts';
import type { Source } from '../model.ts';
import type { Address } from '../network/address-text.ts';
import { parseIpvsadmSave, parseIpvsTable, type RealServer, type VirtualService } from '../network/ipvs.ts';
import { wordTable } from '../word-table.ts';
import { printServer, printService, serverLine, serviceLine } from './ipvs-lines.ts';
import { type Texts, textIn } from './texts.ts';

const TABLE = 'ipvs.ipvs';
const SAVED = 'ipvs.ipvsadm';

/** A listing of ipvsadm -S -n is the table as it will be. */
export function replaceServices(texts: Texts, text: string, source: Source): Texts {
  try {
    parseIpvsadmSave(text, source.file);
  } catch (error) {
    throw new UserError((error as Error).message, { hint: 'as ipvsadm -S -n prints it', cause: error });
  }
  return texts.without(TABLE).with(SAVED, text);
}

const SHORT = wordTable<string>({
  '--add-service': '-A',
  '--edit-service': '-E',
  '--delete-service': '-D',
  '--clear': '-C',
  '--add-server': '-a',
  '--edit-server': '-e',
  '--delete-server': '-d',
  '--tcp-service': '-t',
  '--udp-service': '-u',
  '--fwmark-service': '-f',
  '--scheduler': '-s',
  '--persistent': '-p',
  '--real-server': '-r',
  '--masquerading': '-m',
  '--gatewaying': '-g',
  '--ipip': '-i',
  '--weight': '-w',
  '--ipv6': '-6',
  '--ops': '-o',
});

const VERBS = ['-A', '-E', '-D', '-C', '-a', '-e', '-d'] as const;
type Verb = (typeof VERBS)[number];

/** The meaning of a command: the service, and the server where it is about one. */
interface Meant {
  verb: Verb;
  service: VirtualService | null;
  server: RealServer | null;
}

export function runIpvsadm(texts: Texts, words: readonly string[], source: Source): Texts {
  const meant = readCommand(
    words.map((word) => SHORT[word] ?? word),
    source,
  );
  const table = textIn(texts, TABLE, 'the virtual services', source);
  // for a user who may not run it there is the kernel's table
  const answer = texts.get(SAVED);
  const saved = answer.ok ? answer.value : null;
  const known = table === null ? parseIpvsadmSave(saved ?? '', SAVED) : parseIpvsTable(table, TABLE);
  check(known, meant, texts.name, source);
  let changed = texts;
  if (table !== null) changed = changed.with(TABLE, editedTable(table, meant));
  if (saved !== null || table === null) changed = changed.with(SAVED, editedSave(saved ?? '', meant));
  return changed;
}

function readCommand(words: readonly string[], source: Source): Meant {
  const verb = VERBS.find((one) => words.includes(one));
  const refuse = () =>
    new UserError(`ipvsadm ${words.join(' ')}: no command that is known here`, {
      source,
      hint: 'as in: ipvsadm -a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1; addresses and ports in numbers',
    });
  if (!verb) throw refuse();
  if (verb === '-C') return { verb, service: null, server: null };
  const at = words.findIndex((word) => /^-(t|u|f|-sctp-service)$/.test(word));
  const place = words.slice(at, at + 2);
  const rest = words.filter((word, i) => i !== at && i !== at + 1 && word !== verb);
  const isServer = verb === '-a' || verb === '-e' || verb === '-d';
  const text = isServer
    ? ['-A', ...place, ...rest.filter((word) => word === '-6'), '\n-a', ...place, ...rest].join(' ')
    : ['-A', ...place, ...rest].join(' ');
  try {
    const [service] = parseIpvsadmSave(text.replace(/ \n/, '\n'), 'it');
    const server = service?.servers[0] ?? null;
    if (!service || (isServer && !server)) throw refuse();
    // where no port is given it is the service's
    return { verb, service, server: server && { ...server, port: server.port || service.port } };
  } catch (error) {
    throw error instanceof UserError ? error : refuse();
  }
}

const isSameService = (a: VirtualService, b: VirtualService): boolean =>
  a.protocol === b.protocol &&
  a.port === b.port &&
  a.fwmark === b.fwmark &&
  (a.address === null || b.address === null ? a.address === b.address : isSame(a.address, b.address));

const isSame = (a: Address, b: Address) => a.family === b.family && a.value === b.value;

const isSameServer = (a: RealServer, b: RealServer): boolean =>
  a.port === b.port && isSame(a.address, b.address);

/** Refuses what ipvsadm would: a service that is there already, a server of none. */
function check(
  known: readonly VirtualService[],
  { verb, service, server }: Meant,
  name: string,
  source: Source,
): void {
  if (service === null) return;
  const found = known.find((one) => isSameService(one, service));
  const listed = known.slice(0, 8).map(printService).join(', ') || 'none';
  if (verb === '-A' && found)
    throw new UserError(`${name} has the service ${printService(service)} already`, { source });
  if (verb === '-A') return;
  if (!found)
    throw new UserError(`${name} has no service ${printService(service)}`, {
      source,
      hint: `it has ${listed}`,
    });
  if (server === null) return;
  const there = found.servers.some((one) => isSameServer(one, server));
  if (verb === '-a' && there)
    throw new UserError(`${printService(service)} has the server ${printServer(server)} already`, { source });
  if (verb !== '-a' && !there)
    throw new UserError(`${printService(service)} has no server ${printServer(server)}`, {
      source,
      hint: `it has ${found.servers.slice(0, 8).map(printServer).join(', ') || 'none'}`,
    });
}

/** Edits the kernel's table, which has a line for each service, and one for each of its servers below it. */
function editedTable(text: string, { verb, service, server }: Meant): string {
  const lines = text.split('\n');
  const heading = lines.slice(0, 3);
  const isHex = !/Port {2,}Forward/.test(heading.join('\n'));
  if (service === null) return `${heading.join('\n')}\n`;
  const found = parseIpvsTable(text, TABLE).find((one) => isSameService(one, service));
  const end = lines.findLastIndex((line) => line.trim() !== '') + 1;
  if (!found) return lines.toSpliced(end, 0, serviceLine(service, isHex)).join('\n');
  const row = found.line - 1;
  const at = server ? found.servers.findIndex((one) => isSameServer(one, server)) : -1;
  switch (verb) {
    case '-A':
    case '-C':
      return text;
    case '-E':
      return lines.with(row, serviceLine(service, isHex)).join('\n');
    case '-D':
      return lines.toSpliced(row, 1 + found.servers.length).join('\n');
    case '-a':
      return lines
        .toSpliced(row + 1 + found.servers.length, 0, ...(server ? [serverLine(server, isHex)] : []))
        .join('\n');
    case '-e':
      return lines
        .with(row + 1 + at, server ? serverLine({ ...server, ...countsOf(found.servers[at]) }, isHex) : '')
        .join('\n');
    case '-d':
      return lines.toSpliced(row + 1 + at, 1).join('\n');
  }
}

/** Connections stay where they are. */
const countsOf = (server: RealServer | undefined) =>
  server ? { active: server.active, inactive: server.inactive } : {};

/** Edits what ipvsadm -S -n prints. */
function editedSave(text: string, { verb, service, server }: Meant): string {
  if (service === null) return '';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const about = (line: string): { one: VirtualService; server: RealServer | null } | null => {
    const words = line.trim().split(/\s+/);
    const [one] = parseIpvsadmSave(
      line.startsWith('-a') ? `-A ${words.slice(1, 3).join(' ')}\n${line}` : line,
      SAVED,
    );
    return one ? { one, server: one.servers[0] ?? null } : null;
  };
  const isMeant = (line: string) => {
    const found = about(line);
    if (!found || !isSameService(found.one, service)) return false;
    if (verb === '-D') return true;
    return server ? found.server !== null && isSameServer(found.server, server) : found.server === null;
  };
  const row = server
    ? `-a ${savedPlace(service)} -r ${printServer(server)} ${METHODS[server.forwarding]} -w ${server.weight}`
    : service.text;
  switch (verb) {
    case '-A':
    case '-a':
      return `${[...lines, row].join('\n')}\n`;
    case '-E':
    case '-e':
      return `${lines.map((line) => (isMeant(line) ? row : line)).join('\n')}\n`;
    case '-D':
    case '-d':
      return `${lines.filter((line) => !isMeant(line)).join('\n')}\n`;
    case '-C':
      return '';
  }
}

const METHODS = { masq: '-m', local: '-m', direct: '-g', tunnel: '-i' } as const;
const KINDS = wordTable<string>({ TCP: '-t', UDP: '-u', SCTP: '--sctp-service' });

const savedPlace = (service: VirtualService): string =>
  service.address
    ? `${KINDS[service.protocol] ?? '-t'} ${printService(service).split(' ')[1]}`
    : `-f ${service.fwmark}${service.family === 6 ? ' -6' : ''}`;
