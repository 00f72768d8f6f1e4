/**
 * Reads the TCP sockets that listen for connections from the output of `ss` and `netstat` for all sockets, with `-n`.
 */
import { parseAddress, printAddress } from './address-text.ts';

export interface ListedSocket {
  address: string;
  port: number;
  /** The connections that wait in its accept queue, and for how many there is room; null where netstat prints it. */
  waiting: number | null;
  length: number | null;
  line: number;
}

/** `State  Recv-Q Send-Q Local Address:Port ...`, after `Netid` where other sockets are listed too; or netstat's title. */
const HEADING = /^(?:(?:Netid +)?State +Recv-Q +Send-Q |Active Internet connections )/m;

export const isSocketListing = (text: string) => HEADING.test(text);

/** Throws where a port has a name instead of a number. */
export function readSocketListing(text: string): ListedSocket[] {
  return text.split('\n').flatMap((row, i) => {
    // LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    tcp   LISTEN 0      128     127.0.0.1%lo:25    *:*
    // tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      0          17 1/sshd
    const [, waiting, length, listed] = /^(?:tcp +)?LISTEN +(\d+) +(\d+) +(\S+) /.exec(row) ?? [];
    const local = listed ?? /^tcp6? +\d+ +\d+ +(\S+) +\S+ +LISTEN\b/.exec(row)?.[1];
    if (local === undefined) return [];
    const queue = (number: string | undefined) => (number === undefined ? null : Number(number));
    const [, text = '', port] = /^(.+):(\d+)$/.exec(local) ?? [];
    const address = addressIn(text.replace(/%.*$/, ''));
    if (port === undefined || address === null)
      throw new Error(`line ${i + 1}: "${row.trim().slice(0, 60)}" tells no address and port (without -n?)`);
    return [{ address, port: Number(port), waiting: queue(waiting), length: queue(length), line: i + 1 }];
  });
}

/** Reads an address; `*` stands for every one, and old versions of ss write it for IPv4 alone. */
function addressIn(text: string): string | null {
  if (text === '*') return '::';
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  return address && printAddress(address);
}
