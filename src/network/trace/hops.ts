/** A journey as the stages that had a say in it, for people and for scripts. */
import { printAddress } from '../address-text.ts';
import { type AddressSet, addressSet, printAddresses } from '../addresses.ts';
import type { RealServer, VirtualService } from '../ipvs.ts';
import type { Ranges } from '../ranges.ts';
import type { Rule } from '../ruleset.ts';
import type { Station } from '../topology/stations.ts';
import type { Hit } from '../walk/flow.ts';
import type { Journey, Leg } from './trace.ts';

export interface Hop {
  station: Station;
  /** `OUTPUT`, `PREROUTING`, `IPVS wlc/masq`, `FORWARD`, `POSTROUTING`, `INPUT`, `routing`, `socket`. */
  stage: string;
  /** The rule that decided, and which of its chain it is, from 1. */
  rule: Rule | null;
  chain: string;
  position: number;
  /** As they are behind this stage. */
  source: AddressSet;
  destination: AddressSet;
  /** The destination port; 0: any, or none. */
  port: number;
  /** The interface that it came in by or leaves by; '' at stages where that plays no part. */
  device: string;
  certain: boolean;
  /** What happened, where neither rule nor addresses tell: `dropped`, `no route`, ... */
  note: string;
}

export function hopsOf({ legs, ending, packets, stop }: Omit<Journey, 'origin' | 'doubts'>): Hop[] {
  let certain = true;
  const hops = legs.flatMap((leg, i) => {
    certain &&=
      leg.outcome.doubts.every(({ cause }) => cause === 'chance') && leg.station.missing.length === 0;
    const last = i === legs.length - 1;
    return hopsOfLeg(leg, certain, last && ending === 'left-fleet');
  });
  if (!stop) return hops;
  const { source, destination, destinationPort } = packets;
  const refusal = { source, destination, port: onlyPort(destinationPort), station: stop.station };
  const [stage, sure] = ending === 'dropped' ? ['PREROUTING', certain] : ['undecided', false];
  return [...hops, { ...NOTHING, ...refusal, stage, certain: sure, note: stop.why }];
}

const NOTHING = { rule: null, chain: '', position: 0, device: '', note: '' };
const onlyPort = (ports: Ranges<number>) => (ports.length === 2 && ports[0] === ports[1] ? ports[0]! : 0);

function hopsOfLeg(leg: Leg, certain: boolean, leaves: boolean): Hop[] {
  const { station, entry, before, after, outcome } = leg;
  const first = entry.kind === 'sent' ? 'OUTPUT' : 'PREROUTING';
  const service = serviceOf(station, outcome.server);
  const aimed = outcome.hits.find(({ action }) => action === 'destination');
  const virtual = service?.address ? addressSet(service.address) : before.destination;
  const plain = { ...NOTHING, station, certain };
  const [portBefore, portAfter] = [onlyPort(before.destinationPort), onlyPort(after.destinationPort)];
  let now = { source: before.source, destination: before.destination, port: portBefore };
  const hops: Hop[] = [];
  if (aimed)
    now = {
      ...now,
      ...(service ? { destination: virtual } : { destination: after.destination, port: portAfter }),
    };
  hops.push({
    ...plain,
    ...now,
    stage: first,
    device: entry.kind === 'received' ? (entry.input ?? '') : '',
    ...(aimed ? ruleOf(station, aimed) : {}),
  });
  if (service && outcome.server) {
    now = { ...now, destination: after.destination, port: portAfter };
    const { forwarding } = outcome.server;
    hops.push({ ...plain, ...now, stage: `IPVS ${service.scheduler}/${forwarding}` });
  }
  const hidden = outcome.hits.find(({ action }) => action === 'source');
  if (hidden) {
    now = { ...now, source: after.source };
    const stage = outcome.verdict === 'delivered' && !service ? 'INPUT' : 'POSTROUTING';
    hops.push({ ...plain, ...now, stage, device: outcome.out ?? '', ...ruleOf(station, hidden) });
  }
  return [...hops, ...endOf(leg, { ...plain, ...now }, leaves)];
}

function serviceOf({ net }: Station, server: RealServer | null): VirtualService | null {
  return server === null ? null : (net.services.find(({ servers }) => servers.includes(server)) ?? null);
}

/** How the way through a namespace ended, where it did not simply go on. */
function endOf({ station, outcome }: Leg, now: Omit<Hop, 'stage'>, leaves: boolean): Hop[] {
  const last = outcome.hits.at(-1);
  switch (outcome.verdict) {
    case 'delivered':
      return [{ ...now, stage: 'socket' }];
    case 'dropped': {
      const by = last?.action === 'drop' ? last : null;
      const stage = by ? (CHAINS.exec(by.place)?.[0] ?? 'filter') : 'FORWARD';
      const note = by ? 'dropped by this rule' : 'dropped: this namespace does not forward';
      return [{ ...now, stage, note, ...(by ? ruleOf(station, by) : {}) }];
    }
    case 'refused':
      return [{ ...now, stage: 'IPVS', note: 'the service has no real server that takes connections' }];
    case 'unroutable':
      return [{ ...now, stage: 'routing', note: 'no route' }];
    case 'unknown':
      return [{ ...now, stage: 'undecided', note: 'what follows can not be told', certain: false }];
    default:
      return leaves
        ? [
            {
              ...now,
              stage: 'network',
              device: outcome.out ?? '',
              note: strangerOf(outcome),
            },
          ]
        : [];
  }
}

const strangerOf = ({ gateway }: Leg['outcome']) =>
  gateway
    ? `to the router ${printAddress(gateway)}, which is not of the fleet`
    : 'to a neighbour that is not of the fleet';

const CHAINS = /(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/i;

/** `ip nat KUBE-POSTROUTING` */
function ruleOf({ net }: Station, { rule, place }: Hit): Pick<Hop, 'rule' | 'chain' | 'position'> {
  const [family, table, ...names] = place.split(' ');
  const chain = names.join(' ');
  const chains = net.ruleset.tables
    .filter((one) => one.family === family && one.name === table)
    .map(({ chains }) => chains.get(chain)?.rules.indexOf(rule) ?? -1);
  return { rule, chain, position: Math.max(-1, ...chains) + 1 };
}

/** Equal for equal hops, whatever packets they are about: to find the way that several journeys share. */
export const hopKey = ({ station, stage, rule, source, destination }: Hop): string =>
  [station.name, stage, rule?.text, printAddresses(source, 4), printAddresses(destination, 4)].join('\n');
