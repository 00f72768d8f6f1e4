/** The effect of setting and copying marks on a flow. */

import type { Action } from '../ruleset.ts';
import { type Flow, hasConnection } from './flow.ts';
import { copyBits, setBits } from './marks.ts';

export type Marking = Extract<Action, { kind: 'setMark' | 'copyMark' }>;

/**
 * Returns the flow with its mark, or null where the rule ends because there is no mark to read. Without a connection,
 * its mark can't be read, and writing it has no effect (xt_connmark.c, nft_ct.c).
 */
export function withMark(flow: Flow, action: Marking): Flow | null {
  const of = action.kind === 'setMark' ? action.of : action.to;
  if (!hasConnection(flow)) {
    if (of === 'connection') return flow;
    if (action.kind === 'copyMark') return null;
  }
  if (action.kind === 'setMark') {
    const field = of === 'packet' ? 'mark' : 'connmark';
    return { ...flow, [field]: setBits(flow[field], action.value, action.mask) };
  }
  const { toMask, fromMask } = action;
  if (of === 'packet') return { ...flow, mark: copyBits(flow.mark, toMask, flow.connmark, fromMask) };
  return { ...flow, connmark: copyBits(flow.connmark, toMask, flow.mark, fromMask) };
}
