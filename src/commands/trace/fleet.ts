import { nearest, throwIfAny, UserError } from '../../errors.ts';
import { nodesOfHost } from '../../fleet/topology.ts';
import { escapedJson } from '../../formats/json-text.ts';
import type { Snapshot } from '../../model.ts';
import { type Address, printAddress } from '../../network/address-text.ts';
import { onlyAddress } from '../../network/addresses.ts';
import { TCP } from '../../network/fields.ts';
import { printSetting } from '../../network/interface-settings.ts';
import type { NetnsNode } from '../../network/topology/nodes.ts';
import { topologyOf } from '../../network/topology/topology.ts';
import {
  type NoStart,
  type PacketQuestion,
  type PacketTrace,
  tracePacket,
  usualSource,
} from '../../network/trace/packet.ts';
import { printStage } from '../../network/trace/step-text.ts';
import { ruleOf, settingOf, type TraceStep } from '../../network/trace/steps.ts';
import { readAddress, readPort, readProtocol, type ValueContext } from './values.ts';
import type { Verified } from './verify.ts';
import { verifiedJson } from './verify-text.ts';

export interface TraceValues {
  src: string | undefined;
  dst: string | undefined;
  proto: string | undefined;
  sport: string | undefined;
  dport: string | undefined;
  at: string | undefined;
  /** The option that `at` was given by, where it is another than --at. */
  atBy?: '--src' | undefined;
  in: string | undefined;
}

/** Traces a packet through the evidence of the hosts. */
export function traceIn(
  { hosts }: Pick<Snapshot, 'hosts'>,
  values: TraceValues,
): { question: PacketQuestion; trace: PacketTrace } {
  const nodes = hosts.flatMap(nodesOfHost);
  const question = questionAbout(nodes, values);
  const trace = started(tracePacket(topologyOf(nodes), question));
  const silent = hosts.flatMap(({ host, reached }) => (reached.ok ? [] : [host.name]));
  return { question, trace: withSilent(trace, silent) };
}

/**
 * Reads the packet of the options, and where it starts, among these namespaces.
 *
 * @param otherwise returns a source where the kernel would choose none; null: that is a mistake
 */
export function questionAbout(
  nodes: readonly NetnsNode[],
  values: TraceValues,
  otherwise: (at: NetnsNode, family: 4 | 6) => Address | null = () => null,
): PacketQuestion {
  const { source: given, ...packet } = parsePacket(values);
  const at = values.at === undefined ? null : nodeNamed(values.at, nodes, values.atBy);
  const input = values.in === undefined ? null : deviceNamed(values.in, at ? [at] : nodes);
  return { ...packet, source: given ?? chosenBy(at, packet, otherwise), at, input };
}

/** Throws where it is not known where the packet starts, and says how to tell. */
export function started<T extends object>(answer: T | NoStart): T {
  if (!('reason' in answer)) return answer;
  const names = answer.candidates.map(({ name }) => name);
  throw new UserError(answer.reason, {
    hint: names.length > 0 ? `say which with --at: ${names.join(', ')}` : 'say with --at HOST[/NAMESPACE]',
  });
}

/** Adds a doubt: a host that did not answer may own the next address. */
function withSilent(trace: PacketTrace, silent: readonly string[]): PacketTrace {
  if (trace.outcome !== 'exits-fleet' || silent.length === 0) return trace;
  const some = `${silent.slice(0, 8).join(', ')}${silent.length > 8 ? ', ...' : ''}`;
  return {
    ...trace,
    certain: false,
    doubts: [...trace.doubts, `${some} could not be asked: what comes next may be there`],
  };
}

type PacketFields = Omit<PacketQuestion, 'source' | 'at' | 'input'>;

function chosenBy(
  at: NetnsNode | null,
  packet: PacketFields,
  otherwise: (at: NetnsNode, family: 4 | 6) => Address | null,
): Address {
  const source = at && (usualSource(at, packet) ?? otherwise(at, packet.destination.family));
  if (source) return source;
  throw new UserError(`which source ${at?.name ?? 'it'} would send from does not follow from its routes`, {
    hint: 'say it with --src',
  });
}

/** Reads the packet of the options; throws for the mistakes that can be seen without a host. */
export function parsePacket(values: TraceValues): PacketFields & { source: Address | null } {
  const errors: UserError[] = [];
  const place = (name: string): ValueContext => ({ name: `--${name}`, source: null, errors });
  if (values.dst === undefined) errors.push(new UserError('--dst is missing: to where?'));
  if (values.src === undefined && values.at === undefined)
    errors.push(
      new UserError('--src is missing: from where?', {
        hint: 'with --at HOST alone it is the address that this host would send from',
      }),
    );
  else if (values.src === undefined && values.in !== undefined)
    errors.push(new UserError('--src is missing: who sends what comes in there?'));
  const source = readAddress(values.src, place('src'));
  const destination = readAddress(values.dst, place('dst'));
  const packet = {
    protocol: readProtocol(values.proto, place('proto')) ?? TCP,
    sourcePort: readPort(values.sport, place('sport')),
    destinationPort: readPort(values.dport, place('dport')),
  };
  if (source && destination && source.family !== destination.family)
    errors.push(new UserError('--src and --dst are of different families'));
  throwIfAny(errors);
  // biome-ignore lint/style/noNonNullAssertion: what could not be read is among the errors
  return { source, destination: destination!, ...packet };
}

/** `s2`, `s2/init`, `s2/rmt50-master` */
function nodeNamed(name: string, nodes: readonly NetnsNode[], option = '--at'): NetnsNode {
  const found = nodes.find((one) => one.name === name || `${one.host}/${one.namespace}` === name);
  if (found) return found;
  const names = nodes.map((one) => one.name);
  const near = nearest(name, names);
  throw new UserError(`${option} ${name}: there is no such host or namespace`, {
    hint: near
      ? `did you mean ${near}?`
      : `there are ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`,
  });
}

function deviceNamed(name: string, nodes: readonly NetnsNode[]): string {
  const names = [...new Set(nodes.flatMap(({ net }) => net.interfaces.map((device) => device.name)))];
  // where the interfaces of a host could not be read, any may be there
  if (names.includes(name) || nodes.some(({ net }) => net.interfaces.length === 0)) return name;
  const near = nearest(name, names);
  throw new UserError(`--in ${name}: there is no such interface`, {
    hint: near
      ? `did you mean ${near}?`
      : `there are ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`,
  });
}

/** Formats a trace for scripts, with what the kernel said of it where that was asked. */
export function traceJson(
  { outcome, certain, steps, final, doubts }: PacketTrace,
  verified: Verified | null = null,
): string {
  const { source, destination, node } = final;
  const result = {
    outcome,
    certain,
    hops: steps.map(stepJson),
    final: {
      src: source && printAddress(source),
      dst: destination && printAddress(destination),
      host: node?.host ?? null,
      namespace: node?.namespace ?? null,
    },
    // the reasons of uncertainty, where there are any
    ...(doubts.length > 0 ? { doubts } : {}),
    ...(verified && { verified: verifiedJson(verified) }),
  };
  return `${escapedJson(JSON.stringify(result, null, 2))}\n`;
}

function stepJson(step: TraceStep) {
  const { node, after, certainty } = step;
  const [rule, setting] = [ruleOf(step), settingOf(step)];
  const [src, dst] = [onlyAddress(after.source), onlyAddress(after.destination)];
  return {
    host: node.host,
    namespace: node.namespace,
    stage: printStage(step),
    rule: rule && { text: rule.text, file: rule.origin, line: rule.line },
    // the setting that drops it, where one does
    ...(setting && { setting: { text: printSetting(setting), file: setting.origin, line: setting.line } }),
    src: src && printAddress(src),
    dst: dst && printAddress(dst),
    certain: certainty !== 'unknown',
  };
}
