/** The virtual address that packets are sent to, where keepalived is to hold it and no host does: what follows of that is no cause. */
import keepalivedCollector from '../collectors/keepalived.ts';
import type { HostModel } from '../host/host-model.ts';
import type { Line } from '../model.ts';
import { printAddress } from '../network/address-text.ts';
import { takesEffectIn } from '../network/keepalived/keepalived.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import { ownersOf, type Topology } from '../network/topology/topology.ts';
import type { TraceStep } from '../network/trace/steps.ts';
import type { Ranked } from './cause.ts';
import type { Ways } from './ways.ts';

/** A namespace in which keepalived is to hold the address, and where its configuration says so. */
export interface AbsentHolder {
  node: NetnsNode;
  instance: string;
  lines: Line[];
  /** False where it is not known that it does not run. */
  isStopped: boolean;
}

/** Returns those that are to hold the destination; none where a host does, or where it is not known that none does. */
export function absentHolders(
  hosts: readonly HostModel[],
  topology: Topology,
  { question }: Ways,
): AbsentHolder[] {
  const isRead = topology.nodes.every(({ missing }) => missing.every(({ what }) => what !== 'addresses'));
  if (!isRead || ownersOf(topology, question.destination).length > 0) return [];
  return hosts.flatMap((host) => holdersOn(host, topology.nodes, printAddress(question.destination)));
}

function holdersOn({ host, read }: HostModel, all: readonly NetnsNode[], address: string): AbsentHolder[] {
  const keepalived = read(keepalivedCollector);
  if (!keepalived.ok) return [];
  const { value, lines, unreadable } = keepalived.value.fact;
  const own = all.filter((node) => node.host === host.name);
  const listed = own.map(({ inode, namespace }) => ({ inode, name: namespace }));
  return value.instances.flatMap(({ name, addresses, namespace }, i) => {
    const node = own.find((one) => takesEffectIn(namespace, { name: one.namespace, init: one.init }, listed));
    if (!addresses.includes(address) || node === undefined) return [];
    const line = [lines?.instances ?? []].flat()[i];
    const isStopped = !value.running && unreadable?.running === undefined;
    return [{ node, instance: name, lines: line ? [line] : [], isStopped }];
  });
}

/** Tells whether packets end at a step only because the host takes their destination for another's. */
export function isForAnother(step: TraceStep, holders: readonly AbsentHolder[]): boolean {
  const isLater = 'hook' in step && (step.hook === 'forward' || step.hook === 'postrouting');
  return (
    (step.kind === 'forwarding' || step.kind === 'routing' || isLater) &&
    holders.some(({ node }) => node === step.node)
  );
}

/** Says so of the first of them. */
export function unheldAddress({ question }: Ways, holders: readonly AbsentHolder[]): Ranked[] {
  const [first] = holders;
  if (first === undefined) return [];
  const { node, lines, isStopped } = first;
  return [
    {
      rank: 'way',
      cause: {
        certainty: 'possible',
        title: 'No host holds the virtual address',
        host: node.host,
        namespace: node.namespace,
        message: `${sentenceOn(question, holders)}${isStopped ? `, and it does not run on ${node.host}` : ''}`,
        evidence: lines,
        remedy: {
          text: isStopped ? 'Start keepalived' : 'See what keepalived says of this instance',
          commands: [isStopped ? 'systemctl start keepalived' : 'journalctl -u keepalived'],
        },
        rule: null,
      },
    },
  ];
}

export function sentenceOn({ destination }: Ways['question'], holders: readonly AbsentHolder[]): string {
  const where = holders.map(({ node, instance }) => `${instance} on ${node.name}`).join(', ');
  return `No host has the address ${printAddress(destination)}, which keepalived is to hold (${where})`;
}
