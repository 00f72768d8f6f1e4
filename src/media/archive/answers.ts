/** The answers of an archive to the probes: which of its outputs answers which probe. */
import type { Found } from '../../define.ts';
import type { Answer } from '../../model.ts';
import { unseen, withoutRemark } from '../../network/unseen.ts';
import {
  listening,
  ofFamily,
  ofSysctl,
  ofUname,
  ofUptime,
  withoutCookies,
  withoutKeys,
} from './command-output.ts';
import { NAT } from './nat.ts';
import type { OutputKind, Outputs } from './outputs.ts';

type Ask = (outputs: Outputs) => Answer<Found>;

/** Returns null when this output does not answer it. */
type CommandOutput = (text: string) => string | null;

const asIs: CommandOutput = (text) => text;

/** Returns the output of a kind, as the probe would have it. */
const from =
  (kind: OutputKind, commandOutput: CommandOutput = asIs): Ask =>
  (outputs) => {
    const answer = outputs(kind);
    if (!answer.ok) return answer;
    const { text, origin } = answer.value;
    const asCommandOutput = commandOutput(text);
    if (asCommandOutput === null)
      return { ok: false, problem: 'unsupported', reason: `${origin} does not tell it` };
    return { ok: true, value: { ...answer.value, text: asCommandOutput } };
  };

/** Returns the first answer there is; else the result of the first. */
const firstOf =
  (...asks: [Ask, ...Ask[]]): Ask =>
  (outputs) =>
    asks.map((ask) => ask(outputs)).find(({ ok }) => ok) ?? asks[0](outputs);

/** Makes a missing answer `absent`, for what a parser does without and reports: nothing in the archive answers it. */
const orNothing =
  (ask: Ask): Ask =>
  (outputs) => {
    const answer = ask(outputs);
    return answer.ok || answer.problem !== 'unsupported' ? answer : { ...answer, problem: 'absent' };
  };

/** Marks a part of a fact as unseen: the fact holds without it, and is then not complete. */
const orUnseen =
  (what: string, ask: Ask): Ask =>
  (outputs) => {
    const answer = ask(outputs);
    return answer.ok || answer.problem !== 'unsupported'
      ? answer
      : { ok: true, value: { text: unseen(`${what} was not collected`) } };
  };

/** Makes a missing answer `absent` where another output answers the question as well. */
const unlessCoveredBy =
  (other: Ask, ask: Ask): Ask =>
  (outputs) => {
    const answer = ask(outputs);
    return answer.ok || !other(outputs).ok ? answer : { ...answer, problem: 'absent' };
  };

export const OF_THE_HOST: Readonly<Record<string, Ask>> = {
  'kernel.release': firstOf(
    from('uname', (text) => ofUname(text, 'release')),
    from('sysctl', (text) => ofSysctl(text, 'kernel.osrelease')),
  ),
  'kernel.uptime': orNothing(from('uptime', ofUptime)),
  'kernel.hostname': orNothing(
    firstOf(
      from('hostname'),
      from('uname', (text) => ofUname(text, 'hostname')),
      from('sysctl', (text) => ofSysctl(text, 'kernel.hostname')),
    ),
  ),
  'kernel.boot_id': orNothing(from('sysctl', (text) => ofSysctl(text, 'kernel.random.boot_id'))),
};

export const OF_A_NAMESPACE: Readonly<Record<string, Ask>> = {
  ...NAT,
  'addresses.addresses': from('ip address'),
  'backlogs.sockets': from('sockets', (text) => (/^(?:Netid +)?State /m.test(text) ? text : null)),
  'conntrack.limits': limits,
  'conntrack.stat': unlessCoveredBy(limits, firstOf(from('conntrack statistics'), from('conntrack -S'))),
  'counters.netstat': firstOf(from('netstat'), from('counters')),
  'counters.snmp': orNothing(from('snmp')),
  'counters.uptime': orNothing(from('uptime', ofUptime)),
  'ipvs.ipvs': unlessCoveredBy(from('ipvsadm-save'), from('ip_vs')),
  'ipvs.ipvsadm': orNothing(from('ipvsadm-save')),
  'listeners.machine': orNothing(from('uname', (text) => ofUname(text, 'machine'))),
  'listeners.tcp': firstOf(from('tcp', listening), from('sockets')),
  'listeners.tcp6': orUnseen('/proc/net/tcp6', unlessCoveredBy(from('sockets'), from('tcp6', listening))),
  'neighbours.arp': from('arp statistics'),
  'neighbours.ndisc': from('ndisc statistics'),
  'routes.routes': from('ip route', (text) => ofFamily(text, 4)),
  'routes.routes6': orUnseen(
    'ip -6 route',
    firstOf(
      from('ip -6 route'),
      from('ip route', (text) => (isOfAllTables(text) ? ofFamily(text, 6) : null)),
    ),
  ),
  'routes.rules': orUnseen('ip rule', from('ip rule')),
  'routes.rules6': orUnseen('ip -6 rule', from('ip -6 rule')),
  'sysctl.values': from('sysctl', withoutKeys),
  'tcp_metrics.show': from('tcp_metrics', withoutCookies),
};

/** Reads the limits. Where all of `sysctl -a` shows none, the kernel does not track connections. */
function limits(outputs: Outputs): Answer<Found> {
  const sysctl = from('sysctl', withoutKeys)(outputs);
  const isShown =
    sysctl.ok && /^net\.netfilter\.nf_conntrack_(count|max|buckets) = /m.test(sysctl.value.text);
  if (isShown) return sysctl;
  const partial = sysctl.ok ? withoutRemark(sysctl.value.text).unseen : sysctl.reason;
  const isCounted = outputs('conntrack statistics').ok || outputs('conntrack -S').ok;
  if (partial !== null)
    return {
      ok: false,
      problem: isCounted ? 'absent' : 'unsupported',
      reason: partial,
    };
  const reason = `${sysctl.ok ? sysctl.value.origin : 'sysctl'} shows no limits of nf_conntrack`;
  return { ok: false, problem: 'absent', reason };
}

/**
 * Tells whether the output is of all tables: every namespace has a table `local`, and `ip route` alone does not show
 * it.
 */
const isOfAllTables = (text: string) => / table local /.test(text);
