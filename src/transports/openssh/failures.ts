/** The messages of the system's ssh when it does not get in, turned into those of ssh2's failures. Pure. */

import { type Stage, type Trouble, trouble } from '../check.ts';
import { changedMessage, revokedMessage } from '../known-hosts/host-key.ts';
import { knownHostName } from '../known-hosts/known-hosts.ts';
import { type Failure, unreachable } from '../session.ts';
import { closedMessage } from '../session-messages.ts';
import type { SshSettings } from '../settings/ssh-settings.ts';
import { barredMessage } from '../ssh2/bastion-messages.ts';
import { codeMessage, isTransient } from '../ssh2/dial.ts';
import { deniedMessage, hungUpMessage, sshErrorMessage, wantsPassword } from '../ssh2/login-messages.ts';
import { nothingInCommon } from '../ssh2/negotiation.ts';
import * as told from './log.ts';

/** The output of ssh with -vv, and the host that it is about. */
export interface Said {
  log: string;
  settings: SshSettings;
  /** The refusal in the output of the connection to its bastion; null where there is none. */
  refusal: string | null;
}

/** An explanation; `transient`: trying again can help. */
type Explained = Trouble & { transient?: boolean };

type Explain = (said: Said, line: string, ...groups: string[]) => Explained;

/** The lines of ssh's, each with its explanation and stage: null where -vv has it. The first that fits counts. */
const FAILURES: readonly (readonly [line: RegExp, stage: Stage | null, explain: Explain])[] = [
  [
    /^.*(?:Bad configuration option|Bad owner or perm).*$/m,
    'address',
    (_, line) => trouble(`ssh does not start (${line})`, 'fix its configuration'),
  ],
  [/^ssh: Could not resolve hostname \S+: (.*)/m, 'address', network],
  [/^ssh: connect to host \S+ port \d+: (.*)/m, 'route', network],
  [/^Stdio forwarding request failed/m, 'route', barred],
  [/WARNING: REVOKED HOST KEY DETECTED/, 'host key', ({ log }) => revokedMessage(told.hostKeyOf(log))],
  [/WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED/, 'host key', changed],
  [/^Certificate invalid: (.*)/m, 'host key', badCertificate],
  [/^Host key verification failed/m, 'host key', unknown],
  [
    /^Unable to negotiate with .*: no matching (.+) found\. Their offer: (.*)/m,
    'key exchange',
    nothingShared,
  ],
  [/: Permission denied \(([^)]*)\)/, 'login', denied],
  [/Too many authentication failures/, 'login', asSsh2],
  [/^Connection (?:to .* )?(timed out)|^(Timeout), server/m, null, network],
  [/Bad packet length.*|Corrupted MAC.*|message authentication code incorrect/, null, asSsh2],
  [/Protocol major versions differ|^banner exchange: .*invalid format/m, 'greeting', notSsh],
  [/^debug1: Executing proxy command: exec (.*)/m, null, proxied],
  [/[Cc]onnection (?:closed|reset) by|^Received disconnect|[Bb]roken pipe/m, null, hungUp],
];

/** Returns why it did not get in. */
export function failureOf(said: Said): Failure {
  for (const [pattern, stage, explain] of FAILURES) {
    const found = pattern.exec(said.log);
    if (found === null) continue;
    const [line = '', ...groups] = found.map((group) => group ?? '');
    const { transient = false, ...why } = explain(said, line, ...groups);
    return unreachable(stage ?? told.momentOf(said.log), why, transient);
  }
  const last = told.plainLines(said.log).at(-1);
  const words = last === undefined ? 'without a word' : `and said "${last}"`;
  const why = trouble(`ssh ended before it had logged in, ${words}`, 'try it by hand: ssh -v');
  return unreachable(told.momentOf(said.log), why);
}

/** The messages of glibc, musl and macOS for errors, by their names in C. */
const ERRORS: [words: RegExp, code: string][] = [
  [/name resolution|try again/i, 'EAI_AGAIN'],
  [/not known|no address|not provided|does not (?:exist|resolve)/i, 'ENOTFOUND'],
  [/refused/i, 'ECONNREFUSED'],
  [/no route to host|host is|host unreachable/i, 'EHOSTUNREACH'],
  [/network (?:is )?unreachable/i, 'ENETUNREACH'],
  [/time(?:d )?out/i, 'ETIMEDOUT'],
  [/reset/i, 'ECONNRESET'],
  [/permission denied/i, 'EACCES'],
  [/not permitted/i, 'EPERM'],
];

function network({ settings: { address, port } }: Said, line: string, ...groups: string[]): Explained {
  const why = groups.find((group) => group !== '') ?? line;
  const code = ERRORS.find(([words]) => words.test(why))?.[1] ?? '';
  return { ...codeMessage(code, why, address, port), transient: isTransient({ code }) };
}

function barred({ settings, refusal }: Said): Explained {
  const said = refusal ?? 'it does not say why';
  const [, why] = /^connect failed: (.*)/.exec(said) ?? [];
  // biome-ignore lint/style/noNonNullAssertion: only a way over a bastion forwards
  const words = barredMessage(settings.via!, settings, why ?? said, why !== undefined);
  return { ...words, transient: /refused/i.test(why ?? '') };
}

function changed({ log, settings: { address, port, hostKeyAlias } }: Said): Trouble {
  // Offending ED25519 key in /root/.ssh/known_hosts:3
  const [, file = 'a known_hosts file', line] = /^Offending \S+ key in (.*):(\d+)/m.exec(log) ?? [];
  const name = hostKeyAlias ?? knownHostName(address, port);
  return changedMessage(told.hostKeyOf(log), `${file}:${line} has another`, { name, file });
}

function badCertificate({ log }: Said, _: string, why: string): Trouble {
  const certificate = `${told.hostKeyOf(log)}, ${told.certificateOf(log)}`;
  return trouble(
    `its host certificate can't be accepted: ${why} (${certificate})`,
    'have it signed anew by the certificate authority',
  );
}

function unknown({ log }: Said): Trouble {
  const certificate = told.certificateOf(log);
  const unvouched = certificate ? `; no @cert-authority line is for its certificate (${certificate})` : '';
  return trouble(
    `its host key is not known (${told.hostKeyOf(log)})${unvouched}`,
    "compare the fingerprint with the host's own (ssh-keygen -l on its console); if it is the same, log in to it once by hand with ssh, which then keeps the key",
  );
}

function nothingShared({ log, settings }: Said, _: string, what: string, theirs: string): Trouble {
  const ours = told.NEGOTIATED[what]?.ours ?? what;
  return nothingInCommon(ours, theirs.split(','), told.ownOffer(log, what), settings.legacy);
}

function denied({ log, settings: { user } }: Said, _: string, methods: string): Trouble {
  const allowed = methods.split(',');
  const identities = told.identitiesOf(log).map((name) => ({ name }));
  const { what, remedy } = deniedMessage(
    user,
    { identities, withheld: told.unsignedOf(log) },
    allowed,
    false,
  );
  if (wantsPassword(allowed)) return trouble(what, `${remedy}, and with --transport ssh2`);
  if (!identities.some(({ name }) => name.endsWith('-CERT)'))) return trouble(what, remedy);
  return trouble(what, `is the certificate still good, and for ${user}: ssh-keygen -L -f FILE; ${remedy}`);
}

function asSsh2({ log }: Said, line: string): Trouble {
  return sshErrorMessage(new Error(line), told.momentOf(log), told.greetingOf(log));
}

function notSsh(said: Said): Trouble {
  return asSsh2(said, 'no identification string');
}

/**
 * Explains a hang-up. Over a bastion it was the host that hung up; a command of the user's own may not have come so
 * far.
 */
function proxied(said: Said, _: string, command: string): Explained {
  if (said.settings.via !== null || told.momentOf(said.log) !== 'greeting') return hungUp(said);
  const lines = told
    .plainLines(said.log)
    .filter((line) => !/_exchange_identification|UNKNOWN port/.test(line));
  const words = lines.length === 0 ? 'said nothing' : `said "${lines.at(-1)}"`;
  return trouble(`its ProxyCommand gave no connection and ${words}`, `try it by hand: ${command}`);
}

function hungUp({ log }: Said): Explained {
  const moment = told.momentOf(log);
  // once somebody asks for a name and a key, trying again may count as an attack
  return { ...hungUpMessage(moment, told.greetingOf(log)), transient: moment !== 'login' };
}

/** Returns why a connection that was there is no longer. `bastion`: the last one on the path. */
export function lossOf(log: string, bastion: string | null): string {
  if (/^Timeout, server .* not responding/m.test(log))
    return 'the host did not answer any more (ServerAliveInterval)';
  const [broken] = /^(?:Read from remote host|client_loop: |Write failed).*$/m.exec(log) ?? [];
  if (broken !== undefined && !/broken pipe/i.test(broken)) return `the connection broke: ${broken}`;
  return closedMessage(bastion);
}
