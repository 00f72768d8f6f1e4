/** Prints why packets get no answer: for people, and for programs. */
import { printAddress, printEndpoint } from '../network/address-text.ts';
import { onlyAddress } from '../network/addresses.ts';
import { PROTOCOL_NAMES } from '../network/fields.ts';
import type { NetnsNode } from '../network/topology/nodes.ts';
import type { PacketQuestion } from '../network/trace/packet.ts';
import type { Trace } from '../network/trace/trace.ts';
import type { LikelyCause } from '../why/cause.ts';
import type { OpeningCommand } from '../why/opening.ts';
import { NEVER_SEEN } from '../why/unseen.ts';
import type { Diagnosis } from '../why/why.ts';
import { lineText, nodeName, originOf, subjectOf } from './arrange.ts';
import { escapedJson } from './json-text.ts';
import { counted, sentence } from './printable.ts';
import { hanging, type Page, wrap } from './text/page.ts';

/** The most causes that are told in full, lines of evidence of each, and things not seen. */
const MOST_CAUSES = 5;
const MOST_LINES = 8;
const MOST_UNSEEN = 8;

export function whyText(diagnosis: Diagnosis, page: Page): string {
  const { ways, causes, opening } = diagnosis;
  const shown = causes.slice(0, MOST_CAUSES);
  const lines = [
    ...wrap(sentence(printQuestion(ways.question)), page.width).map((line) => page.paint('strong', line)),
    ...wayLines(diagnosis, page),
    '',
    ...verdictOn(causes, page),
    ...shown.flatMap((cause, i) => ['', ...causeLines(cause, i + 1, opening, page)]),
    ...moreCauses(causes.slice(MOST_CAUSES), page),
    ...openingLines(opening, page),
    // what shows the cause for certain leaves nothing to guess
    ...(causes.some(({ certainty }) => certainty === 'certain') ? [] : blindSpots(diagnosis, page)),
  ];
  return `${lines.join('\n')}\n`;
}

function printQuestion({ source, destination, protocol, destinationPort }: PacketQuestion): string {
  const name = PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`;
  const to =
    destinationPort === null ? printAddress(destination) : printEndpoint(destination, destinationPort);
  return `${name} ${printAddress(source)} → ${to}`;
}

/** Prints the namespaces that packets and answers pass, on one line each. */
function wayLines({ ways: { there, back } }: Diagnosis, page: Page): string[] {
  const print = (label: string, traces: readonly Trace[]) =>
    [...new Set(traces.map((trace) => `${way(trace)}: ${ENDINGS[trace.ending]}`))]
      .slice(0, MOST_CAUSES)
      .flatMap((text, i) => hanging(i === 0 ? label : '         ', sentence(text), page.width));
  return [
    ...print('  there  ', there),
    ...print(
      '  back   ',
      // answers that nobody saw are worth a line where they would be lost
      back.flatMap(({ traces, isSure }) => traces.filter(({ ending }) => isSure || ending === 'dropped')),
    ),
  ];
}

const ENDINGS: Record<Trace['ending'], string> = {
  delivered: 'arrive',
  dropped: 'are dropped',
  'exits-fleet': 'leave the fleet',
  undecided: 'it is not known what becomes of them',
};

const way = ({ hops, stop, packets }: Trace): string => {
  const source = onlyAddress(packets.source);
  const seen = source ? ` (from ${printAddress(source)})` : '';
  const nodes = [...hops.map(({ node }) => node), ...(stop ? [stop.node] : [])];
  return `${nodes.map(nodeName).join(' → ')}${seen}`;
};

function verdictOn(causes: readonly LikelyCause[], page: Page): string[] {
  const certain = causes.filter(({ certainty }) => certainty === 'certain').length;
  const possible = causes.length - certain;
  if (causes.length === 0) return [page.paint('good', 'Nothing that we can see stops it.')];
  const parts = [
    ...(certain > 0 ? [`${counted(certain, 'cause')} for certain`] : []),
    ...(possible > 0 ? [`${possible}${certain > 0 ? ' more' : ''} possible`] : []),
  ];
  return [
    page.paint(
      certain > 0 ? 'error' : 'warning',
      `${parts.join(', ')}${causes.length > 1 ? ', the likeliest first' : ''}.`,
    ),
  ];
}

/** @param opening commands that stand below all causes: those are not told twice */
function causeLines(
  cause: LikelyCause,
  number: number,
  opening: readonly OpeningCommand[],
  page: Page,
): string[] {
  const { certainty, title, rule, message, evidence, remedy } = cause;
  const name = rule === null ? '' : `  ${rule}`;
  const lines = evidence.slice(0, MOST_LINES);
  const commands = remedy.commands.filter((one) => !opening.some(({ command }) => command === one));
  const style = certainty === 'certain' ? 'error' : 'warning';
  return [
    ...hanging(`${number}. ${certainty}: `, sentence(title) + name, page.width).map((line) =>
      page.paint(style, line),
    ),
    `     on ${page.paint('strong', subjectOf(cause))}`,
    ...indented(sentence(message), page),
    ...lines.flatMap((line) => hanging('     | ', `${originOf(line)}  ${lineText(line)}`, page.width)),
    ...(evidence.length > lines.length
      ? [`     | and ${counted(evidence.length - lines.length, 'line')} more in --format json`]
      : []),
    ...(remedy.text === '' ? [] : hanging('     do: ', sentence(remedy.text), page.width)),
    ...commands.map((command) => `         ${page.paint('good', sentence(command))}`),
    ...(rule === null ? [] : [`         ${page.paint('faint', `twlint explain ${sentence(rule)}`)}`]),
  ];
}

const indented = (text: string, page: Page): string[] =>
  wrap(text, page.width - 5).map((line) => `     ${line}`);

function moreCauses(causes: readonly LikelyCause[], page: Page): string[] {
  if (causes.length === 0) return [];
  const titles = causes.map(({ title, rule }) => (rule === null ? title : `${rule} (${title})`));
  return ['', ...wrap(sentence(`Possible, too: ${titles.join('; ')}`), page.width)];
}

function blindSpots({ unseen, isSampled }: Diagnosis, page: Page): string[] {
  const hidden = unseen.length - MOST_UNSEEN;
  const seldom = `No host can tell of ${NEVER_SEEN.join('; ')}.`;
  return [
    ...(unseen.length === 0 ? [] : ['', page.paint('strong', 'Not seen, and may be it as well:')]),
    ...unseen.slice(0, MOST_UNSEEN).flatMap((reason) => hanging('  - ', sentence(reason), page.width)),
    ...(hidden > 0 ? [`  - and ${hidden} more in --format json`] : []),
    '',
    ...(isSampled ? [] : ['Counters were read once: --interval 10s shows which of them grow.']),
    ...wrap(seldom, page.width).map((line) => page.paint('faint', line)),
  ];
}

function openingLines(commands: readonly OpeningCommand[], page: Page): string[] {
  if (commands.length === 0) return [];
  const what = 'The smallest change that opens it, tried on what was read; nothing was run:';
  return [
    '',
    ...wrap(what, page.width).map((line) => page.paint('strong', line)),
    ...commands.flatMap(({ command, ...place }) => [
      `  on ${sentence(nodeName(place))}`,
      `    ${page.paint('good', sentence(command))}`,
    ]),
  ];
}

/** Prints for programs. */
export function whyJson({ ways, causes, opening, unseen, isSampled }: Diagnosis): string {
  const { question, there, back } = ways;
  const result = {
    packet: {
      protocol: question.protocol,
      src: printAddress(question.source),
      dst: printAddress(question.destination),
      dport: question.destinationPort,
    },
    there: there.map(wayJson),
    back: back.flatMap(({ traces }) => traces.map(wayJson)),
    causes: causes.map(({ remedy, ...cause }) => ({ ...cause, fix: remedy })),
    opening,
    unseen,
    sampled: isSampled,
    neverSeen: NEVER_SEEN,
  };
  return `${escapedJson(JSON.stringify(result, null, 2))}\n`;
}

const wayJson = ({ hops, ending }: Trace) => ({
  outcome: ending,
  namespaces: hops.map(({ node }) => placeJson(node)),
});

const placeJson = ({ host, namespace }: NetnsNode) => ({ host, namespace });
