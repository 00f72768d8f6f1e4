/**
 * Tells whether an output lists all that its command lists: people paste what they looked for. What is not in a part of
 * a listing may be there all the same.
 */
import { unseen, unseenOf } from '../../network/unseen.ts';
import type { Output, OutputKind } from './outputs.ts';

/** The reason why a text is, or may be, a part of what there is; `family`: the only one of which something is missing. */
interface Lack {
  reason: string;
  family?: 4 | 6;
}

type WhyPartial = (text: string) => Lack | null;

/**
 * Settings that every kernel shows in every namespace, from one end of `sysctl -a` to the other: it walks /proc/sys in
 * the order of names. Those of net/ are per namespace since Linux 3.10 at the latest (ipv4_net_table, devinet_conf).
 */
const EVERYWHERE = [
  'fs.file-max',
  'kernel.ostype',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.lo.rp_filter',
  'net.ipv4.icmp_echo_ignore_all',
  'net.ipv4.ip_forward',
  'vm.swappiness',
];

const sysctl: WhyPartial = (text) => {
  const shown = new Set(text.split('\n').map((line) => /^(\S+) ?=/.exec(line)?.[1]));
  const lacking = EVERYWHERE.find((key) => !shown.has(key));
  return lacking === undefined
    ? null
    : { reason: `not all of sysctl -a was pasted (there is no ${lacking})` };
};

const ipAddress: WhyPartial = (text) => {
  if (!/^(?:\d+: )?lo\b/m.test(text)) return { reason: 'not all of ip address was pasted (there is no lo)' };
  if (/^\d+: \S+: <.*\n*$(?![\s\S])/m.test(text))
    return { reason: 'not all of ip address was pasted (it ends with the name of an interface)' };
  // iproute2, ip/ipaddress.c, print_linkinfo: not with -4 or -6
  if (/^\s+link\//m.test(text) || !/^\d+: lo: /m.test(text)) return null;
  const [has4, has6] = [/^\s+inet /m.test(text), /^\s+inet6 /m.test(text)];
  if (has4 === has6) return { reason: 'not all of ip address was pasted (there is no link/)' };
  const family = has4 ? 6 : 4;
  return { reason: `the addresses of IPv${family} were not pasted`, family };
};

const sockets: WhyPartial = (text) =>
  /\bLISTEN\b/.test(text) ? null : { reason: 'no TCP socket that listens is among those that were pasted' };

/** net/ipv4/fib_rules.c, fib_default_rules_init: each namespace begins with these two. */
const ipRule: WhyPartial = (text) =>
  ['local', 'main'].every((table) => new RegExp(`\\blookup ${table}\\b`).test(text))
    ? null
    : { reason: 'not all of ip rule was pasted (it looks up no table local or main)' };

/** net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_info_seq_show: three lines above the first service. */
const ipvs: WhyPartial = (text) =>
  /^IP Virtual Server /m.test(text) && !/^ +-> RemoteAddress:Port/m.test(text)
    ? { reason: 'not all of ipvsadm -Ln was pasted (it ends above the first service)' }
    : null;

const processes: WhyPartial = (text) =>
  /^(?:\S+ +)?1 /m.test(text.replace(/^ +/gm, ''))
    ? null
    : { reason: 'not all processes were pasted (there is no process 1)' };

const CHECKS: Partial<Record<OutputKind, WhyPartial>> = {
  sysctl,
  'ip address': ipAddress,
  ip_vs: ipvs,
  'ip rule': ipRule,
  'ip -6 rule': ipRule,
  processes,
  sockets,
};

/** @param cut what is known already to be missing */
export function remarked(kind: OutputKind, text: string, cut?: string): string {
  const lack = CHECKS[kind]?.(text) ?? null;
  const reasons = [cut, lack?.reason].filter((reason) => reason !== undefined);
  if (reasons.length === 0) return text;
  const remark =
    cut === undefined && lack?.family ? unseenOf(lack.family, lack.reason) : unseen(reasons.join('; '));
  return `${text.replace(/\n?$/, '\n')}${remark}`;
}

/** Returns an output with the remark that it is not whole, where that is so and its collector looks for it there. */
export function withRemark(kind: OutputKind, output: Output): Output {
  if (CHECKS[kind] === undefined) return output;
  const { partial, ...rest } = output;
  return { ...rest, text: remarked(kind, output.text, partial) };
}
