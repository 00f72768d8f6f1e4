import { sentence } from '../../formats/printable.ts';
import { columns, type Page, padded, wrap } from '../../formats/text/page.ts';
import { printAddress, printEndpoint } from '../../network/address-text.ts';
import { onlyAddress, printAddresses } from '../../network/addresses.ts';
import { PROTOCOL_NAMES, TCP } from '../../network/fields.ts';
import { listensAt } from '../../network/paths/server.ts';
import type { PacketQuestion, PacketTrace } from '../../network/trace/packet.ts';
import { printNote, printReason, printStage } from '../../network/trace/step-text.ts';
import { causeOf, portOf, type TraceStep } from '../../network/trace/steps.ts';
import type { Disposition } from '../../network/trace/trace.ts';

/** Prints the trace of a packet from top to bottom: one block for each namespace, a line for each step. */
export function traceText(question: PacketQuestion, trace: PacketTrace, page: Page): string {
  const { outcome, steps, doubts, paths, certain } = trace;
  const lines = [page.paint('strong', heading(question)), '', ...stepLines(steps, outcome, page), ''];
  lines.push(...verdict(trace, page), ...deafness(question, trace, page));
  if (paths.length > 0) lines.push('', ...endsOf(trace, page));
  if (!certain) lines.push('', ...because(outcome, doubts, page));
  return `${lines.join('\n')}\n`;
}

function heading({ source, destination, protocol, sourcePort, destinationPort }: PacketQuestion): string {
  const end = (address: typeof source, port: number | null) =>
    port === null ? printAddress(address) : printEndpoint(address, port);
  const name = PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`;
  return `${name} ${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
}

/** The cells of one line of the output. */
interface Row {
  stage: string;
  what: string;
  certain: boolean;
  rule: string[];
}

function stepLines(steps: readonly TraceStep[], outcome: Disposition, page: Page): string[] {
  const rows = steps.map((step, i) => ({ step, row: rowOf(step, steps[i - 1], i === steps.length - 1) }));
  const width = Math.max(0, ...rows.map(({ row }) => columns(row.stage)));
  return rows.flatMap(({ step, row }, i) => {
    const last = i === steps.length - 1;
    const mark = last ? MARKS[outcome] : '│';
    const cells = `${padded(row.stage, width)}  ${row.what}${row.certain ? '' : '  ?'}`.trimEnd();
    return [
      ...(step.enters ? entrance(step, i === 0, page) : []),
      ...(row.what === '' && !last
        ? []
        : [`  ${page.paint(STYLES[last ? outcome : 'exits-fleet'], mark)} ${cells}`]),
      ...row.rule.flatMap((line) =>
        wrap(line, page.width - 8).map((part) => `  ${last ? ' ' : '│'}     ${page.paint('faint', part)}`),
      ),
    ];
  });
}

const MARKS: Record<Disposition, string> = {
  delivered: '●',
  dropped: '✗',
  'exits-fleet': '▷',
  undecided: '?',
};
const STYLES = {
  delivered: 'good',
  dropped: 'error',
  'exits-fleet': 'strong',
  undecided: 'warning',
} as const;

function entrance({ node, device }: TraceStep, first: boolean, page: Page): string[] {
  const by = device === '' ? '' : `  in by ${sentence(device)}`;
  return [
    ...(first ? [] : ['  ▼']),
    `  ${page.paint('strong', sentence(node.name))}${page.paint('faint', by)}`,
  ];
}

function rowOf(step: TraceStep, before: TraceStep | undefined, last: boolean): Row {
  const cause = causeOf(step);
  const out = leavesBy(step);
  const change = sentence(printNote(step)) || changes(step, before);
  const what = change === '' && last ? bothEnds(step) : change;
  return {
    stage: sentence(numbered(step)),
    what: what === '' || out === '' ? what : `${what}  out by ${sentence(out)}`,
    certain: step.certainty !== 'unknown',
    rule: cause ? [`${sentence(cause.text)}  (${sentence(cause.origin)}:${cause.line})`] : [],
  };
}

/** `POSTROUTING:5`, `FORWARD CNI-INPUT:1`: which rule of which chain, where that is not the hook's own. */
function numbered(step: TraceStep): string {
  const stage = printStage(step);
  if (step.kind !== 'rule') return stage;
  return `${stage}${step.chain.name === stage ? '' : ` ${step.chain.name}`}:${step.index + 1}`;
}

const leavesBy = (step: TraceStep) =>
  step.kind === 'rule' && step.hook === 'postrouting' ? step.device : '';

const sourceOf = ({ after }: TraceStep): string => printAddresses(after.source, 4);

const destinationOf = ({ after }: TraceStep): string => {
  const [only, port] = [onlyAddress(after.destination), portOf(after)];
  return only && port !== 0 ? printEndpoint(only, port) : printAddresses(after.destination, 4);
};

const bothEnds = (step: TraceStep) => `${sourceOf(step)} → ${destinationOf(step)}`;

/** `dst 192.168.128.5:5432 ⇒ 10.244.3.27:5432`, or both addresses where the packet starts and ends. */
function changes(step: TraceStep, before: TraceStep | undefined): string {
  if (before === undefined || step.kind === 'delivered') return bothEnds(step);
  const [source, destination] = [sourceOf(step), destinationOf(step)];
  const [was, aim] = [sourceOf(before), destinationOf(before)];
  return [
    ...(aim === destination ? [] : [`dst ${aim} ⇒ ${destination}`]),
    ...(was === source ? [] : [`src ${was} ⇒ ${source}`]),
  ].join(', ');
}

function verdict({ outcome, final, steps, paths }: PacketTrace, page: Page): string[] {
  const where = final.node ? sentence(final.node.name) : '';
  const source = final.source ? printAddress(final.source) : 'an address that cannot be told';
  const last = steps.at(-1);
  const reason = sentence(last ? printReason(last) : '');
  const text = {
    delivered: `Delivered to ${where}: its socket sees ${source}.`,
    dropped: `Dropped at ${where}${reason === '' ? '' : `: ${reason}`}.`,
    'exits-fleet': `It leaves the fleet, from ${source}: nobody in the inventory has the next address.`,
    undecided: `Undecided${paths.length > 0 ? ': it may take several paths' : where && ` at ${where}`}.`,
  }[outcome];
  return wrap(text, page.width).map((line) => page.paint(STYLES[outcome], line));
}

/** Warns where a packet arrives and no socket listens. */
function deafness(
  { protocol }: PacketQuestion,
  { outcome, final, steps }: PacketTrace,
  page: Page,
): string[] {
  const last = steps.at(-1);
  const port = last ? portOf(last.after) : 0;
  const { node, destination } = final;
  if (outcome !== 'delivered' || protocol !== TCP || !node || !destination) return [];
  if (listensAt(node, destination, port) !== 'no') return [];
  return wrap(`No socket listens there on ${printEndpoint(destination, port)}.`, page.width).map((line) =>
    page.paint('warning', line),
  );
}

/** The most paths that are listed. */
const MAX_PATHS = 8;

function endsOf({ paths }: PacketTrace, page: Page): string[] {
  const lines = paths.slice(0, MAX_PATHS).flatMap(({ outcome, steps }) => {
    const last = steps.at(-1);
    const end = last ? `${sentence(last.node.name)}, ${bothEnds(last)}` : '';
    return wrap(`${outcome}: ${end}`, page.width - 4).map((line, i) =>
      i === 0 ? `  - ${line}` : `    ${line}`,
    );
  });
  const more = paths.length > MAX_PATHS ? [`  - ... and ${paths.length - MAX_PATHS} more`] : [];
  return ['Its paths end so:', ...lines, ...more];
}

function because(outcome: Disposition, doubts: readonly string[], page: Page): string[] {
  const head = outcome === 'undecided' ? 'It hangs on this:' : 'Not certain, because of this:';
  const reasons = doubts.flatMap((reason) =>
    wrap(sentence(reason), page.width - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)),
  );
  return [page.paint('warning', head), ...reasons];
}
