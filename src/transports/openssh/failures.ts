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
import * as sshLog from './log.ts';

/** The output of ssh with -vv, and the host that it is about. */
export interface FailureReport {
  log: string;
  settings: SshSettings;
  /** The refusal in the output of the connection to its bastion; null where there is none. */
  refusal: string | null;
}

/** An explanation; `transient`: trying again can help. */
type Explained = Trouble & { transient?: boolean };

type Explain = (report: FailureReport, line: string, ...groups: string[]) => Explained;

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
  [/WARNING: REVOKED HOST KEY DETECTED/, 'host key', ({ log }) => revokedMessage(sshLog.hostKeyOf(log))],
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
export function explainFailure(report: FailureReport): Failure {
  for (const [pattern, stage, explain] of FAILURES) {
    const found = pattern.exec(report.log);
    if (found === null) continue;
    const [line = '', ...groups] = found.map((group) => group ?? '');
    const { transient = false, ...why } = explain(report, line, ...groups);
    return unreachable(stage ?? sshLog.momentOf(report.log), why, transient);
  }
  const last = sshLog.plainLines(report.log).at(-1);
  const ending = last === undefined ? 'without a word' : `and said "${last}"`;
  const why = trouble(`ssh ended before it had logged in, ${ending}`, 'try it by hand: ssh -v');
  return unreachable(sshLog.momentOf(report.log), why);
}

/** The messages of glibc, musl and macOS for errors, by their names in C. */
const ERRORS: [pattern: RegExp, code: string][] = [
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

function network(
  { settings: { address, port } }: FailureReport,
  line: string,
  ...groups: string[]
): Explained {
  const why = groups.find((group) => group !== '') ?? line;
  const code = ERRORS.find(([pattern]) => pattern.test(why))?.[1] ?? '';
  return { ...codeMessage(code, why, address, port), transient: isTransient({ code }) };
}

function barred({ settings, refusal }: FailureReport): Explained {
  const message = refusal ?? 'it does not say why';
  const [, why] = /^connect failed: (.*)/.exec(message) ?? [];
  // biome-ignore lint/style/noNonNullAssertion: only a way over a bastion forwards
  const barring = barredMessage(settings.via!, settings, why ?? message, why !== undefined);
  return { ...barring, transient: /refused/i.test(why ?? '') };
}

function changed({ log, settings: { address, port, hostKeyAlias } }: FailureReport): Trouble {
  // Offending ED25519 key in /root/.ssh/known_hosts:3
  const [, file = 'a known_hosts file', line] = /^Offending \S+ key in (.*):(\d+)/m.exec(log) ?? [];
  const name = hostKeyAlias ?? knownHostName(address, port);
  return changedMessage(sshLog.hostKeyOf(log), `${file}:${line} has another`, { name, file });
}

function badCertificate({ log }: FailureReport, _: string, why: string): Trouble {
  const certificate = `${sshLog.hostKeyOf(log)}, ${sshLog.certificateOf(log)}`;
  return trouble(
    `its host certificate can't be accepted: ${why} (${certificate})`,
    'have it signed anew by the certificate authority',
  );
}

function unknown({ log }: FailureReport): Trouble {
  const certificate = sshLog.certificateOf(log);
  const unvouched = certificate ? `; no @cert-authority line is for its certificate (${certificate})` : '';
  return trouble(
    `its host key is not known (${sshLog.hostKeyOf(log)})${unvouched}`,
    "compare the fingerprint with the host's own (ssh-keygen -l on its console); if it is the same, log in to it once by hand with ssh, which then keeps the key",
  );
}

function nothingShared({ log, settings }: FailureReport, _: string, what: string, theirs: string): Trouble {
  const ours = sshLog.NEGOTIATED[what]?.ours ?? what;
  return nothingInCommon(ours, theirs.split(','), sshLog.ownOffer(log, what), settings.legacy);
}

function denied({ log, settings: { user } }: FailureReport, _: string, methods: string): Trouble {
  const allowed = methods.split(',');
  const identities = sshLog.identitiesOf(log).map((name) => ({ name }));
  const { what, remedy } = deniedMessage(
    user,
    { identities, withheld: sshLog.unsignedOf(log) },
    allowed,
    false,
  );
  if (wantsPassword(allowed)) return trouble(what, `${remedy}, and with --transport ssh2`);
  if (!identities.some(({ name }) => name.endsWith('-CERT)'))) return trouble(what, remedy);
  return trouble(what, `is the certificate still good, and for ${user}: ssh-keygen -L -f FILE; ${remedy}`);
}

function asSsh2({ log }: FailureReport, line: string): Trouble {
  return sshErrorMessage(new Error(line), sshLog.momentOf(log), sshLog.greetingOf(log));
}

function notSsh(report: FailureReport): Trouble {
  return asSsh2(report, 'no identification string');
}

/**
 * Explains a hang-up. Over a bastion it was the host that hung up; a command of the user's own may not have come so
 * far.
 */
function proxied(report: FailureReport, _: string, command: string): Explained {
  if (report.settings.via !== null || sshLog.momentOf(report.log) !== 'greeting') return hungUp(report);
  const lines = sshLog
    .plainLines(report.log)
    .filter((line) => !/_exchange_identification|UNKNOWN port/.test(line));
  const ending = lines.length === 0 ? 'said nothing' : `said "${lines.at(-1)}"`;
  return trouble(`its ProxyCommand gave no connection and ${ending}`, `try it by hand: ${command}`);
}

function hungUp({ log }: FailureReport): Explained {
  const moment = sshLog.momentOf(log);
  // once somebody asks for a name and a key, trying again may count as an attack
  return { ...hungUpMessage(moment, sshLog.greetingOf(log)), transient: moment !== 'login' };
}

/** Returns why a connection that was there is no longer. `bastion`: the last one on the path. */
export function lossOf(log: string, bastion: string | null): string {
  if (/^Timeout, server .* not responding/m.test(log))
    return 'the host did not answer any more (ServerAliveInterval)';
  const [broken] = /^(?:Read from remote host|client_loop: |Write failed).*$/m.exec(log) ?? [];
  if (broken !== undefined && !/broken pipe/i.test(broken)) return `the connection broke: ${broken}`;
  return closedMessage(bastion);
}
