/** Evaluates a match for the packets of a flow: it holds for all, for none, for some, or is undecided. */
import { onceFor } from '../../once-for.ts';
import { difference, intersects, isEmpty } from '../addresses.ts';
import { interfaceMatches, WITH_PORTS } from '../fields.ts';
import { ipsetMatches } from '../iptables/ipset-matches.ts';
import { intersection, intersects as rangesIntersect, same } from '../ranges.ts';
import { assertNever } from '../rule-parts.ts';
import type { Match, NamedSet, Side } from '../ruleset.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import {
  byAddress,
  byChance,
  byOriginalAddress,
  byPort,
  byProtocol,
  type Division,
  type Doubt,
  doubted,
  type Flow,
  hasConnection,
  rewritten,
  unknown,
} from './flow.ts';
import { marked } from './marks.ts';
import { rowsAbout } from './rows-about.ts';

/** The flow in classes; each packet is in just one of them. */
export interface Matched {
  kind: 'parts';
  yes: Flow[];
  no: Flow[];
  maybe: { flow: Flow; doubt: Doubt }[];
}

export type MatchResult = Division | Matched;

function evaluateMatch(match: Match, flow: Flow, context: EvaluationContext): MatchResult {
  // without a connection to look up, neither `--ctorigdst X` nor `! --ctorigdst X` holds
  if (aboutConnection(match) && !hasConnection(flow)) return 'no';
  const result = plainly(match, flow, context);
  return 'not' in match && match.not ? turned(result) : result;
}

const aboutConnection = (match: Match) =>
  match.kind === 'original' || (match.kind === 'mark' && match.of === 'connection');

function turned(result: MatchResult): MatchResult {
  if (result === 'yes') return 'no';
  if (result === 'no') return 'yes';
  if (result.kind === 'halves') return { kind: 'halves', inside: result.outside, outside: result.inside };
  if (result.kind === 'parts') return { ...result, yes: result.no, no: result.yes };
  return result;
}

const decided = (value: boolean | null, reason: string): Division =>
  value === null ? unknown(reason) : value ? 'yes' : 'no';

function plainly(match: Match, flow: Flow, context: EvaluationContext): MatchResult {
  switch (match.kind) {
    case 'address':
      return byAddress(flow, match.side, match.set);
    case 'protocol':
      return byProtocol(flow, match.protocols);
    case 'port':
      return onPort(match, flow);
    case 'interface': {
      const name = flow[match.side];
      if (name === null)
        return everything(match.patterns) ?? unknown(`which interface packets ${VERBS[match.side]} by`);
      return interfaceMatches(match.patterns, name) ? 'yes' : 'no';
    }
    case 'mark': {
      const mark = match.of === 'packet' ? flow.mark : flow.connmark;
      return decided(marked(mark, match.value, match.mask), `the ${match.of}'s mark`);
    }
    case 'local':
      return isLocal(match.side, flow, context);
    case 'original':
      if (flow.connection !== 'first') return unknown('where the connection was opened to');
      if (match.side === 'destination' && !flow.fromStart) return unknown('where packets were first sent');
      return byOriginalAddress(flow, match.side, match.set);
    case 'state':
      return inState(match.states, flow);
    case 'set':
      return inSet(match, flow, context);
    case 'any':
      return anyOf(match.rows, flow, context);
    case 'ipvs':
      return decided(viaService(flow), VIA_SERVICE);
    case 'virtual':
      return isVirtual(match, flow);
    case 'chance':
      return byChance(match.text);
    case 'undecided':
      return unknown(match.text);
    default:
      return assertNever(match);
  }
}

const VERBS = { in: 'come in', out: 'leave' } as const;

/** `-i +` */
const everything = (patterns: readonly { name: string; prefix: boolean }[]): Division | null =>
  patterns.some(({ name, prefix }) => prefix && name === '') ? 'yes' : null;

/** Matches a port; packets of other protocols have something else where ports would be. */
function onPort({ side, ports }: Extract<Match, { kind: 'port' }>, flow: Flow): MatchResult {
  const division = byProtocol(flow, WITH_PORTS);
  if (division === 'yes') return byPort(flow, side, ports);
  const doubt = unknown('a port of packets that may have none');
  if (division === 'no' || division.kind === 'doubt') return doubt;
  const parts = splitBy(byPort(division.inside, side, ports), division.inside);
  parts.maybe.push({ flow: division.outside, doubt });
  return parts;
}

function isLocal(side: 'source' | 'destination', flow: Flow, { local }: EvaluationContext): MatchResult {
  const among = byAddress(flow, side, local.known);
  if (among === 'yes' || isEmpty(local.doubtful)) return among;
  const doubt = unknown(`whether the ${side} is one of this host's own addresses`);
  if (among !== 'no' && among.kind === 'doubt') return doubt;
  const [yes, rest] = among === 'no' ? [[], flow] : [[among.inside], among.outside];
  const unclear = byAddress(rest, side, local.doubtful);
  if (unclear === 'no') return among;
  const [maybe, no] =
    unclear === 'yes' || unclear.kind === 'doubt' ? [rest, []] : [unclear.inside, [unclear.outside]];
  return { kind: 'parts', yes, no, maybe: [{ flow: maybe, doubt }] };
}

/** Matches states of the connection. */
function inState(states: readonly string[], flow: Flow): Division {
  if (!flow.tracked) return states.includes('UNTRACKED') ? 'yes' : 'no';
  if (!flow.passedConntrack || flow.connection === 'none') return states.includes('INVALID') ? 'yes' : 'no';
  if (flow.connection === 'unknown') return unknown('whether conntrack knows the connection');
  if (flow.connection === 'reply') return repliesIn(states, flow);
  if (states.includes('NEW')) return 'yes';
  const noted = (['source', 'destination'] as const)
    .filter((side) => states.includes(side === 'source' ? 'SNAT' : 'DNAT'))
    .map((side) => rewritten(flow, side));
  if (noted.includes(true)) return 'yes';
  return noted.includes(null) ? unknown('whether the kernel chose another address') : 'no';
}

/** The state of a connection counts for both of its directions, and so does what nat did to it. */
function repliesIn(states: readonly string[], { translatedBefore: { source, destination } }: Flow): Division {
  const noted = [
    ...(states.includes('SNAT') ? [source] : []),
    ...(states.includes('DNAT') ? [destination] : []),
  ];
  if (states.includes('ESTABLISHED') || noted.includes(true)) return 'yes';
  return noted.includes(null) ? unknown('what nat did to the connection') : 'no';
}

function inSet(match: Extract<Match, { kind: 'set' }>, flow: Flow, context: EvaluationContext): MatchResult {
  const set = context.ipsets.get(match.name);
  const matches = set ? writtenOut(set, match.sides) : null;
  if (matches) return matchAll(matches, flow, context);
  const why = set?.incomplete;
  return unknown(`what is in the set ${match.name}${why ? `: ${why}` : ''}`);
}

/** The sets as matches, by the sides that are looked up: each is written out once for all packets. */
const writtenSets = onceFor((_: NamedSet) => new Map<string, Match[] | null>());

function writtenOut(set: NamedSet, sides: readonly Side[]): Match[] | null {
  const [known, key] = [writtenSets(set), sides.join()];
  const before = known.get(key);
  if (before !== undefined) return before;
  const matches = ipsetMatches(set, sides);
  known.set(key, matches);
  return matches;
}

/** True when IPVS sends them; null: not known. */
const viaService = ({ ipvs, fromStart }: Flow) => (ipvs ? true : fromStart ? false : null);
const VIA_SERVICE = 'whether IPVS sends them';

function isVirtual({ set, ports }: Extract<Match, { kind: 'virtual' }>, flow: Flow): Division {
  const { ipvs } = flow;
  if (!ipvs) return decided(viaService(flow), VIA_SERVICE);
  if (set && !intersects(ipvs.address, set)) return 'no';
  if (ports && !rangesIntersect(ipvs.ports, ports)) return 'no';
  const whole =
    (!set || difference(ipvs.address, set).v4.length + difference(ipvs.address, set).v6.length === 0) &&
    (!ports || same(intersection(ipvs.ports, ports), ipvs.ports));
  return whole ? 'yes' : unknown('which ipvs service it was');
}

/** Evaluates whether at least one row holds. */
function anyOf(rows: readonly Match[][], flow: Flow, context: EvaluationContext): MatchResult {
  // what readers have decided already, they have for the first packet of a connection: its flags, its direction
  if (flow.connection !== 'first' && rows.some((row) => row.length === 0))
    return unknown('what a rule asks of the first packet alone');
  const parts: Matched = { kind: 'parts', yes: [], no: [flow], maybe: [] };
  for (const row of rowsAbout(rows, flow)) {
    if (parts.no.every((rest) => matchAll(row, rest, context, true) === 'no')) continue;
    const rests = parts.no;
    parts.no = [];
    for (const rest of rests) add(parts, rest, matchAll(row, rest, context));
    if (parts.no.length === 0) break;
  }
  return simplest(parts);
}

/**
 * Evaluates whether all matches hold. With `first`, evaluates only as much as decides "no" for the whole flow, which is
 * the result of most rows.
 */
export function matchAll(
  row: readonly Match[],
  flow: Flow,
  context: EvaluationContext,
  first = false,
): MatchResult {
  let parts: Matched | null = null;
  for (const match of row) {
    if (parts !== null) {
      narrow(parts, match, context);
      continue;
    }
    const result = evaluateMatch(match, flow, context);
    if (result === 'yes') continue;
    if (result === 'no') return 'no';
    if (first) return NOT_NO;
    parts = splitBy(result, flow);
  }
  return parts === null ? 'yes' : simplest(parts);
}

const NOT_NO = unknown('');

/** Evaluates one more match for the classes that held so far, and for those that perhaps held. */
function narrow(parts: Matched, match: Match, context: EvaluationContext): void {
  const [held, perhaps] = [parts.yes, parts.maybe];
  parts.yes = [];
  parts.maybe = [];
  for (const flow of held) add(parts, flow, evaluateMatch(match, flow, context));
  for (const { flow, doubt } of perhaps) {
    const later: Matched = { kind: 'parts', yes: [], no: [], maybe: [] };
    add(later, flow, evaluateMatch(match, flow, context));
    parts.no.push(...later.no);
    parts.maybe.push(...later.yes.map((one) => ({ flow: one, doubt })), ...later.maybe);
  }
}

/** Splits a flow by a match result. */
export function splitBy(result: MatchResult, flow: Flow): Matched {
  const parts: Matched = { kind: 'parts', yes: [], no: [], maybe: [] };
  add(parts, flow, result);
  return parts;
}

/** Takes both branches, in doubt, with the packets that perhaps match. */
export function bothBranches(result: MatchResult, flow: Flow, about: string): { yes: Flow[]; no: Flow[] } {
  const { yes, no, maybe } = splitBy(result, flow);
  const both = maybe.map((one) =>
    doubted(one.flow, { ...one.doubt, reason: `${one.doubt.reason} (${about})` }),
  );
  return { yes: [...yes, ...both], no: [...no, ...both] };
}

function add(parts: Matched, flow: Flow, result: MatchResult): void {
  if (result === 'yes') parts.yes.push(flow);
  else if (result === 'no') parts.no.push(flow);
  else if (result.kind === 'doubt') parts.maybe.push({ flow, doubt: result });
  else if (result.kind === 'halves') {
    parts.yes.push(result.inside);
    parts.no.push(result.outside);
  } else {
    parts.yes.push(...result.yes);
    parts.no.push(...result.no);
    parts.maybe.push(...result.maybe);
  }
}

function simplest(parts: Matched): MatchResult {
  if (parts.maybe.length > 0) return parts;
  if (parts.no.length === 0) return 'yes';
  return parts.yes.length === 0 ? 'no' : parts;
}
