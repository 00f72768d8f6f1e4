import { sentence } from '../../formats/printable.ts';
import { columns, type Page, padded, wrap } from '../../formats/text/page.ts';
import { printAddress, printEndpoint } from '../../network/address-text.ts';
import { onlyAddress, printAddresses } from '../../network/addresses.ts';
import { TCP } from '../../network/fields.ts';
import { listensAt } from '../../network/paths/server.ts';
import type { Hop } from '../../network/trace/hops.ts';
import type { PacketQuestion, PacketTrace } from '../../network/trace/packet.ts';
import type { Ending } from '../../network/trace/trace.ts';

/** A packet's way, drawn from top to bottom: one block for each namespace, a line for each stage that had a say. */
export function traceText(question: PacketQuestion, trace: PacketTrace, page: Page): string {
  const { outcome, hops, doubts, ways, certain } = trace;
  const lines = [page.paint('strong', heading(question)), '', ...drawn(hops, outcome, page), ''];
  lines.push(...verdict(trace, page), ...deafness(question, trace, page));
  if (ways.length > 0) lines.push('', ...endsOf(trace, page));
  if (!certain) lines.push('', ...because(outcome, doubts, page));
  return `${lines.join('\n')}\n`;
}

function heading({ source, destination, protocol, sourcePort, destinationPort }: PacketQuestion): string {
  const end = (address: typeof source, port: number | null) =>
    port === null ? printAddress(address) : printEndpoint(address, port);
  const name = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' }[protocol] ?? `protocol ${protocol}`;
  return `${name} ${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
}

/** What is read for one line of the drawing. */
interface Row {
  stage: string;
  what: string;
  certain: boolean;
  rule: string[];
}

function drawn(hops: readonly Hop[], outcome: Ending, page: Page): string[] {
  const rows = hops.map((hop, i) => ({ hop, row: rowOf(hop, hops[i - 1], i === hops.length - 1) }));
  const width = Math.max(0, ...rows.map(({ row }) => columns(row.stage)));
  return rows.flatMap(({ hop, row }, i) => {
    const enters = hops[i - 1]?.station !== hop.station || isEntry(hop, hops[i - 1]);
    const last = i === hops.length - 1;
    const mark = last ? MARKS[outcome] : '│';
    const told = `${padded(row.stage, width)}  ${row.what}${row.certain ? '' : '  ?'}`.trimEnd();
    return [
      ...(enters ? entrance(hop, i === 0, page) : []),
      ...(row.what === '' && !last
        ? []
        : [`  ${page.paint(STYLES[last ? outcome : 'left-fleet'], mark)} ${told}`]),
      ...row.rule.flatMap((line) =>
        wrap(line, page.width - 8).map((part) => `  ${last ? ' ' : '│'}     ${page.paint('faint', part)}`),
      ),
    ];
  });
}

/** A packet may come back to a namespace that it has been in. */
const isEntry = (hop: Hop, before: Hop | undefined) =>
  hop.stage === 'PREROUTING' && before?.stage !== 'PREROUTING';

const MARKS: Record<Ending, string> = { delivered: '●', dropped: '✗', 'left-fleet': '▷', undecided: '?' };
const STYLES = { delivered: 'good', dropped: 'error', 'left-fleet': 'strong', undecided: 'warning' } as const;

function entrance(hop: Hop, first: boolean, page: Page): string[] {
  const by = hop.device === '' ? '' : `  in by ${sentence(hop.device)}`;
  return [
    ...(first ? [] : ['  ▼']),
    `  ${page.paint('strong', sentence(hop.station.name))}${page.paint('faint', by)}`,
  ];
}

function rowOf(hop: Hop, before: Hop | undefined, last: boolean): Row {
  const { stage, position, chain, rule, certain, note } = hop;
  const named = rule && chain !== '' && chain !== stage ? ` ${sentence(chain)}` : '';
  const numbered = position > 0 ? `${stage}${named}:${position}` : stage;
  const out = stage === 'POSTROUTING' && hop.device !== '' ? `  out by ${sentence(hop.device)}` : '';
  const told = note === '' ? changes(hop, before) : sentence(note);
  const what = told === '' && last ? bothEnds(hop) : told;
  return {
    stage: sentence(numbered),
    what: what === '' ? '' : `${what}${out}`,
    certain,
    rule: rule ? [`${sentence(rule.text)}  (${sentence(rule.origin)}:${rule.line})`] : [],
  };
}

const destinationOf = ({ destination, port }: Hop): string => {
  const only = onlyAddress(destination);
  return only && port !== 0 ? printEndpoint(only, port) : printAddresses(destination, 4);
};

const bothEnds = (hop: Hop) => `${printAddresses(hop.source, 4)} → ${destinationOf(hop)}`;

/** `dst 192.168.128.5:5432 ⇒ 10.244.3.27:5432`, or both addresses where the packet starts and ends. */
function changes(hop: Hop, before: Hop | undefined): string {
  if (before === undefined || hop.stage === 'socket') return bothEnds(hop);
  const [source, destination] = [printAddresses(hop.source, 4), destinationOf(hop)];
  const [was, aim] = [printAddresses(before.source, 4), destinationOf(before)];
  return [
    ...(aim === destination ? [] : [`dst ${aim} ⇒ ${destination}`]),
    ...(was === source ? [] : [`src ${was} ⇒ ${source}`]),
  ].join(', ');
}

function verdict({ outcome, final, hops, ways }: PacketTrace, page: Page): string[] {
  const where = final.station ? sentence(final.station.name) : '';
  const source = final.source ? printAddress(final.source) : 'an address that can not be told';
  const note = sentence(hops.at(-1)?.note ?? '');
  const text = {
    delivered: `Delivered to ${where}: its socket sees ${source}.`,
    dropped: `Dropped at ${where}${note === '' ? '' : `: ${note.replace(/^dropped(: | )/, '')}`}.`,
    'left-fleet': `It leaves the fleet, from ${source}: nobody in the inventory has the next address.`,
    undecided: `Undecided${ways.length > 0 ? ': it may go several ways' : where && ` at ${where}`}.`,
  }[outcome];
  return wrap(text, page.width).map((line) => page.paint(STYLES[outcome], line));
}

/** A packet may arrive where nobody waits for it. */
function deafness({ protocol }: PacketQuestion, { outcome, final, hops }: PacketTrace, page: Page): string[] {
  const port = hops.at(-1)?.port ?? 0;
  const { station, destination } = final;
  if (outcome !== 'delivered' || protocol !== TCP || !station || !destination) return [];
  if (listensAt(station, destination, port) !== 'no') return [];
  return wrap(`No socket listens there on ${printEndpoint(destination, port)}.`, page.width).map((line) =>
    page.paint('warning', line),
  );
}

/** More ways than this are not listed. */
const MOST_WAYS = 8;

function endsOf({ ways }: PacketTrace, page: Page): string[] {
  const lines = ways.slice(0, MOST_WAYS).flatMap(({ outcome, hops }) => {
    const last = hops.at(-1);
    const end = last
      ? `${sentence(last.station.name)}, ${printAddresses(last.source, 4)} → ${destinationOf(last)}`
      : '';
    return wrap(`${outcome}: ${end}`, page.width - 4).map((line, i) =>
      i === 0 ? `  - ${line}` : `    ${line}`,
    );
  });
  const more = ways.length > MOST_WAYS ? [`  - ... and ${ways.length - MOST_WAYS} more`] : [];
  return ['Its ways end so:', ...lines, ...more];
}

function because(outcome: Ending, doubts: readonly string[], page: Page): string[] {
  const head = outcome === 'undecided' ? 'It hangs on this:' : 'Not certain, because of this:';
  const reasons = doubts.flatMap((reason) =>
    wrap(sentence(reason), page.width - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)),
  );
  return [page.paint('warning', head), ...reasons];
}
