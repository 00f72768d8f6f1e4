/** The sh that has a host open one TCP connection, and what it says of it. */
import { type Address, printAddress } from '../../network/address-text.ts';
import type { Question } from '../../transports/script/script.ts';
import type { Reply } from './verification.ts';

/** A connection that is opened once and closed at once. */
export interface Request {
  source: Address;
  /** Null: any that is free. */
  sourcePort: number | null;
  destination: Address;
  port: number;
  /** The kernel's number for the namespace that sends; '': not known, and it is that of the login shell. */
  inode: string;
  /** True where the kernel would give it this source anyway. */
  isOwnChoice: boolean;
}

/**
 * The seconds that an answer is waited for: TCP has sent its request three times by then, and ARP has given up a neighbour
 * that does not answer three (tcp_syn_retries in ip-sysctl, mcast_solicit in arp(7)).
 */
export const PATIENCE = 4;

export const CONNECT = 'trace.connect';

/**
 * Returns the question that has it sent. Python can choose the source, bash can't (bash(1), /dev/tcp/HOST/PORT): where that
 * matters and there is no python, nothing is sent.
 */
export function connectionRequest(request: Request): Question {
  return { probe: CONNECT, ask: askOf(request), inside: true };
}

function askOf({ source, sourcePort, destination, port, inode, isOwnChoice }: Request): string {
  const [from, to] = [printAddress(source), printAddress(destination)];
  const elsewhere =
    inode === ''
      ? []
      : [`[ "$(readlink /proc/self/ns/net)" = "net:[${inode}]" ] || absent "another namespace"`];
  const byBash =
    isOwnChoice && sourcePort === null
      ? [
          'if command -v bash >/dev/null; then',
          `  said=$(timeout ${PATIENCE} bash -c "exec 3<>/dev/tcp/${to}/${port}" 2>&1); echo "bash $? $said"; exit 0`,
          'fi',
        ]
      : [];
  return [
    ...elsewhere,
    'for python in python3 python /usr/libexec/platform-python; do',
    '  command -v "$python" >/dev/null || continue',
    `  "$python" -c "${python(from, sourcePort, to, port)}"`,
    '  exit',
    'done',
    ...byBash,
    `lacking python3 "what would open the connection${isOwnChoice ? '' : ` from ${from}`} is not there"`,
  ].join('\n');
}

/** The same in Python 2 and 3: prints `python ERRNO`; 0: it was connected, nothing: no answer came. */
function python(from: string, sourcePort: number | null, to: string, port: number): string {
  const family = from.includes(':') ? 'AF_INET6' : 'AF_INET';
  return [
    'import socket',
    `s = socket.socket(socket.${family}, socket.SOCK_STREAM)`,
    's.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)',
    `s.settimeout(${PATIENCE})`,
    `s.bind((\\"${from}\\", ${sourcePort ?? 0}))`,
    'try:',
    `  print(\\"python %d\\" % s.connect_ex((\\"${to}\\", ${port})))`,
    'except socket.timeout:',
    '  print(\\"python silent\\")',
  ].join('\n');
}

/** The numbers of Linux (asm-generic/errno.h) that connect(2) and connect_ex give. */
const ERRNO: Partial<Record<number, Reply>> = { 0: 'connected', 11: 'silent', 110: 'silent', 111: 'refused' };

/** Reads what the question printed; null: nothing that is known. */
export function replyIn(text: string): Reply | null {
  const python = /^python (\d+|silent)$/m.exec(text)?.[1];
  if (python !== undefined) return python === 'silent' ? 'silent' : (ERRNO[Number(python)] ?? 'unreachable');
  const [, status, said = ''] = /^bash (\d+) ?(.*)/ms.exec(text) ?? [];
  if (status === undefined) return null;
  if (status === '0') return 'connected';
  if (status === '124') return 'silent';
  if (/: Connection refused/.test(said)) return 'refused';
  if (/: Connection timed out/.test(said)) return 'silent';
  return /: (No route to host|Network is unreachable|Operation not permitted|Permission denied)/.test(said)
    ? 'unreachable'
    : null;
}
