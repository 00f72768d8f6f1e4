/**
 * Source validation of IPv4 packets that come in from a network: those with a source that routing says is elsewhere, or
 * of the host itself, are dropped after PREROUTING (linux 6.1, net/ipv4/fib_frontend.c: fib_validate_source,
 * __fib_validate_source).
 */

import { onceFor } from '../../once-for.ts';
import { addressSet, unionOf } from '../addresses.ts';
import { eitherOf, greaterOf, type InForce } from '../interface-settings.ts';
import { type Interface, interfaceNamed } from '../interfaces.ts';
import type { Route } from '../routes.ts';
import { isCustomRule } from '../routing-rules.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import {
  byAddress,
  byPort,
  byProtocol,
  type Division,
  type Doubt,
  doubted,
  type Flow,
  flowOf,
  unchained,
  unknown,
  withStep,
} from './flow.ts';
import { UNKNOWN, ZERO } from './marks.ts';
import { bothBranches } from './match.ts';
import type { Namespace } from './namespace.ts';
import { packets } from './packets.ts';
import { findRoutes, type RouteFound } from './routing.ts';
import { inForceAt } from './settings-in-force.ts';
import type { Site } from './step.ts';

export interface Validated {
  on: Flow[];
  dropped: Flow[];
}

/** Validates a flow that leaves by `out`; null: that is for the host itself. */
export function validateSource(
  flow: Flow,
  out: string | null,
  namespace: Namespace,
  context: EvaluationContext,
): Validated {
  const rules = rulesOf(flow, namespace);
  const validated: Validated = { on: [], dropped: [] };
  const goesBack = out !== null && out === flow.in;
  if (rules.filter.values.every((value) => value === 0) && !goesBack && !hasCustomRouting(namespace)) {
    validateOwn(flow, rules, namespace, validated);
    return validated;
  }
  const at = { input: flow.in, goesBack };
  for (const { found, part } of returnRoutes(flow, out, rules, namespace, context))
    judge(part, possibleEnds(found, at, rules, namespace), rules, validated);
  return { ...validated, on: rejoined(validated.on, flow) };
}

/** Joins what the ways back have divided: packets that pass are still treated alike. */
function rejoined(parts: readonly Flow[], flow: Flow): Flow[] {
  const isPlain = (part: Flow) =>
    part.doubts === flow.doubts &&
    part.destination === flow.destination &&
    part.protocol === flow.protocol &&
    part.sourcePort === flow.sourcePort &&
    part.destinationPort === flow.destinationPort;
  const sources = unionOf(parts.filter(isPlain).map(({ source }) => source.translated));
  const joined = bothBranches(byAddress(flow, 'source', sources), flow, REVERSE).yes;
  return [...joined, ...parts.filter((part) => !isPlain(part))];
}

interface Rules {
  filter: InForce;
  acceptLocal: InForce;
  markBack: InForce;
}

function rulesOf({ in: input }: Flow, namespace: Namespace): Rules {
  const at = (read: (device: string) => InForce) => inForceAt(namespace, input, read);
  return {
    filter: at((device) => greaterOf(namespace.settings, 'rp_filter', device)),
    acceptLocal: at((device) => eitherOf(namespace.settings, 'accept_local', device)),
    markBack: at((device) => eitherOf(namespace.settings, 'src_valid_mark', device)),
  };
}

/**
 * Without filter, the kernel looks no further than at its own addresses, unless routing was made by hand, or the packet
 * goes back by the interface that it came in by (where that may send redirects, as it may unless told otherwise).
 */
function hasCustomRouting({ routes, rules }: Namespace): boolean {
  return hasLocalByHand(routes) || rules.some((rule) => rule.family === 4 && isCustomRule(rule));
}

/** Answered once for a table of routes: it may have very many, and each flow asks. */
const hasLocalByHand = onceFor((routes: readonly Route[]) =>
  routes.some(({ family, type, protocol }) => family === 4 && type === 'local' && protocol !== 'kernel'),
);

function validateOwn(flow: Flow, rules: Rules, { interfaces }: Namespace, validated: Validated): void {
  const own = byAddress(flow, 'source', interfaceAddresses(interfaces));
  const { yes, no } = bothBranches(own, flow, 'source validation');
  validated.on.push(...no);
  for (const part of yes)
    judge(
      part,
      rules.acceptLocal.values.map((on): End => (on === 0 ? 'own' : 'on')),
      rules,
      validated,
    );
}

const interfaceAddresses = onceFor((interfaces: readonly Interface[]) =>
  unionOf(interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => addressSet(address)))),
);

/** The outcome for a packet. `own`: its source is no address of a neighbour's. `astray`, `nowhere`: reverse path. */
type End = 'on' | 'own' | 'astray' | 'nowhere';

/** Returns the parts of a flow, each with the route that leads back to its source. */
function returnRoutes(
  flow: Flow,
  out: string | null,
  { markBack }: Rules,
  namespace: Namespace,
  context: EvaluationContext,
): { found: RouteFound; part: Flow }[] {
  // with src_valid_mark, the way back is that of packets with the same mark
  const marks = markBack.values.map((on) => (on === 0 ? ZERO : flow.mark));
  const mark = marks.length === 1 || flow.mark === ZERO ? (marks[0] ?? ZERO) : UNKNOWN;
  const back = flowOf(
    packets(flow.destination.translated, flow.source.translated, {
      protocol: flow.protocol,
      sourcePort: flow.destinationPort.translated,
      destinationPort: flow.sourcePort.translated,
    }),
    { in: out ?? '', mark },
  );
  return findRoutes(back, namespace, context).flatMap((found) =>
    narrowed(flow, found.flow).map((part) => ({
      found,
      part: unchained(found.flow.doubts).reduce(doubted, part),
    })),
  );
}

/** Returns the packets of a flow whose way back this is. */
function narrowed(flow: Flow, back: Flow): Flow[] {
  const divisions: ((part: Flow) => Division)[] = [
    (part) => byAddress(part, 'source', back.destination.translated),
    (part) => byAddress(part, 'destination', back.source.translated),
    (part) => byProtocol(part, back.protocol),
    (part) => byPort(part, 'source', back.destinationPort.translated),
    (part) => byPort(part, 'destination', back.sourcePort.translated),
  ];
  return divisions.reduce(
    (parts, divide) => parts.flatMap((part) => bothBranches(divide(part), part, REVERSE).yes),
    [flow],
  );
}

const REVERSE = 'reverse path filtering';

/** Returns all that may become of packets with this way back: one, where all is known. */
function possibleEnds(found: RouteFound, at: At, rules: Rules, namespace: Namespace): End[] {
  if (found.kind === 'unknown') return ['on', 'astray'];
  const ends = rules.filter.values.flatMap((filter) =>
    rules.acceptLocal.values.flatMap((local) =>
      endsWith(found.kind === 'route' ? found.route : null, at, { filter, local: local !== 0 }, namespace),
    ),
  );
  return [...new Set(ends)];
}

/** The interface that packets come in by, and whether they would go out by it. */
interface At {
  input: string | null;
  goesBack: boolean;
}

function endsWith(
  route: Route | null,
  { input, goesBack }: At,
  { filter, local }: { filter: number; local: boolean },
  namespace: Namespace,
): End[] {
  // with accept_local the way back is not looked for, however routing was made
  if (filter === 0 && local && !goesBack) return ['on'];
  if (route === null) return filter === 0 ? ['on'] : ['nowhere'];
  if (route.type !== 'unicast' && !(route.type === 'local' && local)) return ['own'];
  if (filter === 0) return ['on'];
  const devices = route.hops.map(({ device }) => device);
  if (input === null || devices.includes(null)) return ['on', 'astray'];
  if (devices.includes(input)) return ['on'];
  // on an interface without an address of its own, loose is as strict as strict
  return filter === 1 || !hasAddress(namespace, input) ? ['astray'] : ['on'];
}

function hasAddress({ interfaces }: Namespace, device: string): boolean {
  return interfaceNamed(interfaces, device)?.addresses.some(({ address }) => address.family === 4) === true;
}

function judge(flow: Flow, ends: readonly End[], rules: Rules, validated: Validated): void {
  const open = ends.length > 1 ? doubtOf(flow, rules) : null;
  const part = open ? doubted(flow, open) : flow;
  for (const end of ends) {
    if (end === 'on') validated.on.push(part);
    else validated.dropped.push(withStep(part, siteOf(end, flow, rules)));
  }
}

function doubtOf({ in: input, mark }: Flow, { filter, acceptLocal, markBack }: Rules): Doubt {
  if (input === null) return unknown('which interface packets come in by (source validation)');
  const unread = [...filter.unread, ...acceptLocal.unread, ...(mark === ZERO ? [] : markBack.unread)];
  return unknown(
    unread.length > 0
      ? `${unread.join(', ')} (source validation)`
      : 'the way back to the source (source validation)',
  );
}

function siteOf(end: Exclude<End, 'on'>, { in: input }: Flow, { filter, acceptLocal }: Rules): Site {
  if (end === 'own')
    return { kind: 'martian', action: 'drop', side: 'source', what: 'own', setting: acceptLocal.by };
  return { kind: 'reverse-path', action: 'drop', on: input, back: end, setting: filter.by };
}
