/** Walks packets through one ruleset, of which nothing but what they are as they leave is known. */
import type { Hook } from '../ruleset.ts';
import { doubted, type Flow, flowOf, unknown } from './flow.ts';
import { type HookOptions, passHook } from './hooks.ts';
import { decidedAlike, type NodeVerdict, type PacketClass, partition, type Result } from './outcomes.ts';
import type { PacketSet } from './packets.ts';

/** The hooks that packets may have passed before POSTROUTING; nat is not evaluated there, as they are as nat has left them. */
export interface History {
  about: Partial<Pick<Flow, 'in' | 'out' | 'mark' | 'connmark' | 'fromStart' | 'passedConntrack'>>;
  before: Exclude<Hook, 'postrouting'>[];
  /** The reason to doubt that it is this one; null where there is no other. */
  doubt: string | null;
}

export function leave(
  options: HookOptions,
  packets: PacketSet,
  histories: readonly History[],
): PacketClass[] {
  return partition(
    histories.flatMap((history) => resultsOf(options, packets, history)),
    decidedAlike,
  );
}

function resultsOf(options: HookOptions, packets: PacketSet, { about, before, doubt }: History): Result[] {
  const flow = flowOf(packets, about);
  const results: Result[] = [];
  let going = [doubt === null ? flow : doubted(flow, unknown(doubt))];
  const pass = (hook: Hook, given: Flow[], nat: boolean) => {
    const { on, dropped, unknown: open } = passHook(hook, given, { ...options, nat });
    const ended: [NodeVerdict, Flow[]][] = [
      ['dropped', dropped],
      ['unknown', open],
    ];
    for (const [verdict, flows] of ended) results.push(...flows.map((one) => ({ flow: one, verdict })));
    return on;
  };
  for (const hook of before) going = pass(hook, going, false);
  const leaving = going.map((one) => ({ ...one, in: one.in === '' ? '' : null }));
  const passed = pass('postrouting', leaving, true);
  return [...results, ...passed.map((one): Result => ({ flow: one, verdict: 'passed' }))];
}
