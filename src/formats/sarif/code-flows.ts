import type { CodeFlow, PhysicalLocation, ThreadFlowLocation } from 'sarif';
import type { DrawnHop, DrawnTrace, PathDrawing } from '../../model.ts';
import { nodeName, stageOf } from '../arrange.ts';
import { printable } from '../printable.ts';
import { location } from './locations.ts';
import { plain } from './messages.ts';

/** The most traces of one path, and hops of one trace: code scanning takes 10,000 locations a result. */
const maxTraces = 10;
const maxHops = 50;

/** Returns a path as code flows: one for each trace, hop by hop, each at its host's line in the inventory. */
export function codeFlows(
  { name, traces }: PathDrawing,
  placeOf: (host: string) => PhysicalLocation,
): CodeFlow[] {
  return traces.slice(0, maxTraces).map((trace) => ({
    message: {
      text: plain(printable([`${clientsOf(trace)}: ${name}`, trace.remark].filter(Boolean).join(', '))),
    },
    threadFlows: [{ locations: trace.hops.slice(0, maxHops).map((hop) => stop(hop, placeOf(hop.host))) }],
  }));
}

const clientsOf = ({ clients }: DrawnTrace) => clients.join(', ');

function stop(hop: DrawnHop, place: PhysicalLocation): ThreadFlowLocation {
  const where = [nodeName(hop), stageOf(hop) || hop.stage].join(' ');
  const rule = hop.rule === null ? '' : ` (${hop.rule.text})`;
  const message = `${where}: ${hop.source} → ${hop.destination}${rule}${hop.certain ? '' : ', not certain'}`;
  return { location: { ...location(hop, place), message: { text: plain(printable(message)) } } };
}
