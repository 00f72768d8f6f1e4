/** Ports by the names that programs print for them without `-n`: those that Debian 6 to 13 and RHEL 6 to 9 agree on. */
import { wordTable } from '../word-table.ts';

const PORTS = wordTable<number>({
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  imap: 143,
  snmp: 161,
  bgp: 179,
  ldap: 389,
  https: 443,
  'microsoft-ds': 445,
  syslog: 514,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  'ms-sql-s': 1433,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  amqp: 5672,
  'http-alt': 8080,
});

/** Returns null for a name that is not known. */
export const portNamed = (name: string): number | null => PORTS[name] ?? null;
