/** Causes at the socket that packets are for: nobody listens there, or the accept queue is full. */
import backlogsCollector from '../collectors/backlogs.ts';
import listenersCollector from '../collectors/listeners.ts';
import type { NetnsModel } from '../host/host-model.ts';
import type { Line } from '../model.ts';
import { type Address, parseAddress, printAddress, printEndpoint } from '../network/address-text.ts';
import { onlyAddress } from '../network/addresses.ts';
import { TCP } from '../network/fields.ts';
import { listensAt } from '../network/paths/server.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { portOf, toSteps } from '../network/trace/steps.ts';
import { isCertain, type Trace } from '../network/trace/trace.ts';
import type { LikelyCause, Ranked } from './cause.ts';
import type { Ways } from './ways.ts';

/** Finds what was read of a node's namespace. */
export type ModelOf = (node: NetnsNode) => NetnsModel | undefined;

/** The socket that packets are for. */
interface Socket {
  node: NetnsNode;
  address: Address;
  port: number;
}

/** Returns what is wrong with the sockets that packets of TCP are delivered to. */
export function causesAtSockets({ there, question }: Ways, modelOf: ModelOf): Ranked[] {
  if (question.protocol !== TCP) return [];
  const delivered = there.filter(({ ending }) => ending === 'delivered');
  const isOnly = delivered.length === there.length && delivered.every(isCertain);
  const sockets = new Map(delivered.flatMap(socketOf).map((one) => [printSocket(one), one]));
  const isSure = isOnly && sockets.size === 1;
  return [...sockets.values()].flatMap((socket) => {
    const read = modelOf(socket.node)?.read;
    return [...unheard(socket, read, isSure), ...crowded(socket, read)];
  });
}

function socketOf(trace: Trace): Socket[] {
  const last = toSteps(trace).at(-1);
  const address = onlyAddress(trace.packets.destination);
  const port = last ? portOf(last.after) : 0;
  return last && address && port !== 0 ? [{ node: last.node, address, port }] : [];
}

const printSocket = ({ node, address, port }: Socket) => `${printEndpoint(address, port)} of ${node.name}`;

type Read = NetnsModel['read'] | undefined;

const about = ({ node }: Socket): Pick<LikelyCause, 'host' | 'namespace' | 'rule'> => ({
  host: node.host,
  namespace: node.namespace,
  rule: null,
});

/** Tells that nobody listens, where all who listen are known. */
function unheard(socket: Socket, read: Read, isSure: boolean): Ranked[] {
  const { node, address, port } = socket;
  if (listensAt(node, address, port) !== 'no') return [];
  const others = (node.listeners?.list ?? []).filter((one) => one.port === port);
  const on = others.map((one) => printAddress(one.address)).join(', ');
  const [title, how, todo] =
    others.length > 0
      ? [
          'The program listens on another address',
          `all that listens on port ${port} there does so on ${on}`,
          `Let the program listen on ${printAddress(address)}, or on every address`,
        ]
      : ['Nobody listens on the port', 'no socket listens there', 'Start the program, or correct the port'];
  const cause: LikelyCause = {
    ...about(socket),
    certainty: isSure ? 'certain' : 'possible',
    title,
    message: `Packets arrive for ${printSocket(socket)}, and ${how}: the kernel refuses the connection`,
    evidence: listenerLines(read, port),
    remedy: { text: todo, commands: [`ss -lntp 'sport = :${port}'`] },
  };
  return [{ rank: isSure ? 'way' : 'open', cause }];
}

function listenerLines(read: Read, port: number): Line[] {
  const listeners = read?.(listenersCollector);
  if (!listeners?.ok) return [];
  const { value, lines } = listeners.value.fact;
  return pick(value.list, lines?.list, (one) => one.port === port);
}

const pick = <T>(
  list: readonly T[],
  lines: Line | Line[] | undefined,
  isMeant: (one: T) => boolean,
): Line[] => [lines ?? []].flat().filter((_, i) => list[i] !== undefined && isMeant(list[i]));

/**
 * Tells that the accept queue was full: the kernel drops SYNs then (linux 6.1, include/net/sock.h, sk_acceptq_is_full;
 * net/ipv4/tcp_input.c, tcp_conn_request). It was so for a moment, and the next may be another.
 */
function crowded(socket: Socket, read: Read): Ranked[] {
  const backlogs = read?.(backlogsCollector);
  if (!backlogs?.ok) return [];
  const { value, lines } = backlogs.value.fact;
  const isFull = (one: (typeof value.list)[number]) =>
    one.waiting > one.length && one.port === socket.port && takes(one.address, socket.address);
  const [full] = value.list.filter(isFull);
  if (full === undefined) return [];
  const cause: LikelyCause = {
    ...about(socket),
    certainty: 'possible',
    title: 'The accept queue is full',
    message: `When it was looked at, ${full.waiting} connections to ${printSocket(socket)} waited for the program, and there is room for ${full.length}: the kernel drops further SYNs until the program takes some`,
    evidence: pick(value.list, lines?.list, isFull),
    remedy: {
      text: 'Find out why the program takes no connections; a longer queue (its backlog, net.core.somaxconn) helps against bursts alone',
      commands: [`ss -lntp 'sport = :${socket.port}'`],
    },
  };
  return [{ rank: 'path', cause }];
}

function takes(listed: string, address: Address): boolean {
  const known = parseAddress(listed);
  return known !== null && (Number(known.value) === 0 || printAddress(known) === printAddress(address));
}
