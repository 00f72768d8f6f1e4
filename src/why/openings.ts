/** The commands that would let packets pass a step that ends them: to read, and to try on what was read before. */
import type { Address } from '../network/address-text.ts';
import { toCidrs } from '../network/addresses.ts';
import { PROTOCOL_NAMES } from '../network/fields.ts';
import type { Settings } from '../network/interface-settings.ts';
import { before } from '../network/kernel-version.ts';
import type { Ranges } from '../network/ranges.ts';
import { assertNever } from '../network/rule-parts.ts';
import type { Table } from '../network/ruleset.ts';
import { settingOf, type TraceStep } from '../network/trace/steps.ts';
import type { PacketSet } from '../network/walk/packets.ts';

/**
 * Returns the commands, smallest change first; none where no command alone does it. A host may give its chains and
 * interfaces names that a shell would run: of those no command is made.
 */
export const openingsOf = (step: TraceStep): string[] =>
  namesIn(step).every((name) => /^\w[\w./@+-]*$/.test(name)) ? commandsFor(step) : [];

/** Returns what the host itself has named in a step. */
function namesIn(step: TraceStep): string[] {
  if (step.kind === 'rule' || step.kind === 'policy') return [step.table.name, step.chain.name];
  const setting = settingOf(step);
  return setting === null ? [] : [setting.key];
}

function commandsFor(step: TraceStep): string[] {
  switch (step.kind) {
    case 'rule':
      return [acceptBefore(step, step.index)];
    case 'policy':
      return [acceptBefore(step, null)];
    case 'forwarding':
      return step.setting === null
        ? []
        : [`sysctl -w ${switchOf(step.node.net.settings, step.setting.key)}=1`];
    case 'reverse-path':
      return step.setting === null || step.setting.value !== 1 || step.back === 'nowhere'
        ? []
        : [`sysctl -w ${step.setting.key}=2`];
    case 'martian':
      return step.what === 'loopback' && step.setting !== null ? [`sysctl -w ${step.setting.key}=1`] : [];
    case 'ipvs':
    case 'routing':
    case 'entry':
    case 'delivered':
    case 'exits':
    case 'undecided':
    case 'unread':
      return [];
    default:
      return assertNever(step);
  }
}

/** The switch of all interfaces where that is off; else the one that was turned off by itself. */
function switchOf(settings: Settings, key: string): string {
  return settings.get(ALL_IPV4)?.value === 0 ? ALL_IPV4 : key;
}

const ALL_IPV4 = 'net.ipv4.ip_forward';

type InChain = Extract<TraceStep, { kind: 'rule' | 'policy' }>;

/** @param index of the rule to stand before; null: at the end of the chain */
function acceptBefore(step: InChain, index: number | null): string {
  const { table, chain, node } = step;
  const [place, position] = index === null ? ['-A', ''] : ['-I', ` ${index + 1}`];
  if (table.backend !== 'nftables')
    return `${programOf(table, node.net.release)} -t ${table.name} ${place} ${chain.name}${position} ${inIptables(step.before)} -j ACCEPT`;
  const [verb, at] = index === null ? ['add', ''] : ['insert', ` index ${index}`];
  return `nft ${verb} rule ${table.family} ${table.name} ${chain.name}${at} ${inNft(step.before)} accept`;
}

/** The program whose rules these are by its own name, which all of them have since iptables 1.8 (2018). */
function programOf({ backend, family }: Table, release: string): string {
  const name = family === 'ip6' ? 'ip6tables' : 'iptables';
  if (backend === 'nft') return `${name}-nft`;
  const isOld = before(release, '4.18');
  return isOld.ok && isOld.value ? name : `${name}-legacy`;
}

const only = ([low, high, ...more]: Ranges<number>): number | null =>
  low === high && more.length === 0 ? (low ?? null) : null;

function inIptables({ source, destination, protocol, sourcePort, destinationPort }: PacketSet): string {
  const [number, from, to] = [only(protocol), only(sourcePort), only(destinationPort)];
  return [
    ...toCidrs(source).map((one) => `-s ${one}`),
    ...toCidrs(destination).map((one) => `-d ${one}`),
    ...(number === null ? [] : [`-p ${PROTOCOL_NAMES.get(number) ?? number}`]),
    ...(from === null ? [] : [`--sport ${from}`]),
    ...(to === null ? [] : [`--dport ${to}`]),
  ].join(' ');
}

function inNft({ source, destination, protocol, sourcePort, destinationPort }: PacketSet): string {
  const family: Address['family'] = source.v4.length > 0 ? 4 : 6;
  const ip = family === 4 ? 'ip' : 'ip6';
  const [number, from, to] = [only(protocol), only(sourcePort), only(destinationPort)];
  const name = number === null ? null : (PROTOCOL_NAMES.get(number) ?? null);
  return [
    ...toCidrs(source).map((one) => `${ip} saddr ${one}`),
    ...toCidrs(destination).map((one) => `${ip} daddr ${one}`),
    ...(name === null || from === null ? [] : [`${name} sport ${from}`]),
    ...(name === null || to === null ? [] : [`${name} dport ${to}`]),
    ...(number === null || from !== null || to !== null ? [] : [`meta l4proto ${name ?? number}`]),
  ].join(' ');
}
