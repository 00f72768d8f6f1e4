import { type Trouble, trouble } from '../check.ts';
import { legacyWouldHelp, opensshWouldHelp } from './algorithms.ts';

/** The names of ssh2 for a list in its debug lines, by the text of its error; and ours. */
const NEGOTIATED = [
  { error: 'key exchange algorithm', list: 'KEX method', ours: 'key exchange' },
  { error: 'host key format', list: 'Host key format', ours: 'kind of host key' },
  { error: 'C->S cipher', list: 'C->S cipher', ours: 'cipher' },
  { error: 'S->C cipher', list: 'S->C cipher', ours: 'cipher' },
  { error: 'C->S MAC', list: 'C->S MAC', ours: 'MAC' },
  { error: 'S->C MAC', list: 'S->C MAC', ours: 'MAC' },
  { error: 'C->S compression', list: 'C->S compression', ours: 'compression' },
  { error: 'S->C compression', list: 'S->C compression', ours: 'compression' },
];

/** The names that are not algorithms, but announcements that travel in their list. */
const MARKS = /^(ext-info-|kex-strict-)/;

/** Overhears what both sides offer: ssh2 reports it in its debug lines alone. */
export function negotiationListener(legacy: boolean): {
  listen(line: string): void;
  /** Returns the algorithms that they agreed upon. */
  agreed(): string;
  /** Returns why they found nothing in common; null for any other error. */
  explain(error: Error): Trouble | null;
} {
  const offers = new Map<string, string[]>();
  const agreed: string[] = [];
  return {
    agreed: () => agreed.join(', '),
    listen(line) {
      // Handshake: KEX algorithm: curve25519-sha256
      const [, chosen] =
        /^Handshake: (?:KEX algorithm|Host key format|C->S Cipher): (\S+)$/i.exec(line) ?? [];
      if (chosen !== undefined) agreed.push(chosen);

      // Handshake: (remote) KEX method: curve25519-sha256,ecdh-sha2-nistp256
      const [, side, list, names] = /^Handshake: \((local|remote)\) ([^:]+): (.*)$/.exec(line) ?? [];
      if (names !== undefined) offers.set(`${side} ${list}`, names.split(','));
    },
    explain(error) {
      const [, what] = /^Handshake failed: no matching (.+)$/.exec(error.message) ?? [];
      const negotiated = NEGOTIATED.find((entry) => entry.error === what);
      if (!negotiated) return null;
      const theirs = offers.get(`remote ${negotiated.list}`) ?? [];
      const ours = offers.get(`local ${negotiated.list}`) ?? [];
      const { what: difference, remedy } = nothingInCommon(negotiated.ours, theirs, ours, legacy);
      const other = ", or reach it with the system's ssh (twlint_transport: openssh)";
      return trouble(difference, opensshWouldHelp(theirs) ? remedy + other : remedy);
    },
  };
}

/** Returns the message for no common algorithm. `what`: the kind that both sides offer some of. */
export function nothingInCommon(what: string, theirs: string[], ours: string[], legacy: boolean): Trouble {
  const named = (algorithms: string[]) => algorithms.filter((name) => !MARKS.test(name)).join(', ');
  const hint =
    !legacy && legacyWouldHelp(theirs)
      ? 'it is old: set twlint_legacy_ssh: true for it'
      : "let it offer one of ours (sshd_config there; 'sshd -T' shows what it has)";
  return trouble(`no ${what} in common: it offers ${named(theirs)}; we offer ${named(ours)}`, hint);
}
