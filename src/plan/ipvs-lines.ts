/** Lines of IPVS's tables: of /proc/net/ip_vs, in hex, and of ipvsadm -L -n. linux 6.1, ip_vs_ctl.c, ip_vs_info_seq_show. */
import { type Address, printEndpoint } from '../network/address-text.ts';
import type { RealServer, VirtualService } from '../network/ipvs.ts';

/** `TCP 10.0.0.1:80`, `FWM 7` */
export const printService = ({ protocol, address, port, fwmark }: VirtualService): string =>
  address ? `${protocol} ${printEndpoint(address, port)}` : `${protocol} ${fwmark}`;

export const printServer = ({ address, port }: RealServer): string => printEndpoint(address, port);

/** Returns a service's line; its persistence is in jiffies in the kernel's table, whose length nobody knows: 1 ms here. */
export function serviceLine(service: VirtualService, isHex: boolean): string {
  const { protocol, address, port, fwmark, scheduler, persistent, timeout, onePacket } = service;
  const place = address ? endpoint(address, port, isHex) : isHex ? hex(fwmark, 8) : String(fwmark);
  const six = !address && service.family === 6 && !isHex ? ['IPv6'] : [];
  const seconds = timeout ?? 300;
  const stay = persistent ? ['persistent', isHex ? `${seconds * 1000} FFFFFFFF` : String(seconds)] : [];
  return [`${protocol} `, place, ...six, scheduler, ...stay, ...(onePacket ? ['ops'] : [])].join(' ');
}

const METHODS = { masq: 'Masq', direct: 'Route', tunnel: 'Tunnel', local: 'Local' } as const;

export const serverLine = (
  { address, port, forwarding, weight, active, inactive }: RealServer,
  isHex: boolean,
) =>
  `  -> ${endpoint(address, port, isHex)} ${METHODS[forwarding]} ${weight} ${active ?? 0} ${inactive ?? 0}`;

const hex = (value: number | bigint, digits: number) =>
  value.toString(16).toUpperCase().padStart(digits, '0');

function endpoint(address: Address, port: number, isHex: boolean): string {
  if (!isHex) return printEndpoint(address, port);
  if (address.family === 4) return `${hex(address.value, 8)}:${hex(port, 4)}`;
  const groups = hex(address.value, 32).match(/.{4}/g) ?? [];
  return `[${groups.join(':').toLowerCase()}]:${hex(port, 4)}`;
}
