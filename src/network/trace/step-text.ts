/** The names of steps, and the reasons why packets ended there. */
import { printAddress } from '../address-text.ts';
import { printAddresses } from '../addresses.ts';
import type { TraceStep } from './steps.ts';
import { MISSING_NOUNS } from './trace.ts';

/** Names the place of a step: a hook, `source validation`, `IPVS wlc/masq`, `routing`, `socket`, `network`, `undecided`. */
export function printStage(step: TraceStep): string {
  switch (step.kind) {
    case 'entry':
    case 'rule':
    case 'policy':
    case 'forwarding':
      return step.hook.toUpperCase();
    case 'ipvs':
      return step.action === 'schedule' ? `IPVS ${step.service.scheduler}/${step.server.forwarding}` : 'IPVS';
    case 'routing':
      return 'routing';
    case 'delivered':
      return 'socket';
    case 'exits':
      return 'network';
    case 'martian':
    case 'reverse-path':
      return 'source validation';
    case 'undecided':
    case 'unread':
      return 'undecided';
  }
}

/** Prints the reason why packets go no further in the fleet; '' where they do, or reach their socket. */
export function printReason(step: TraceStep): string {
  switch (step.kind) {
    case 'rule':
      return step.action === 'drop' ? 'by this rule' : '';
    case 'policy':
      return `by the policy of ${step.table.family} ${step.table.name} ${step.chain.name}`;
    case 'forwarding':
      return `this namespace does not forward what comes in${byDevice(step.on)}`;
    case 'martian':
      return printMartian(step);
    case 'reverse-path':
      return `by reverse path filtering${onDevice(step.on)}: ${printReturnRoute(step)}`;
    case 'ipvs':
      return step.action === 'refuse' ? 'the service has no real server that takes connections' : '';
    case 'routing':
      return 'no route';
    case 'exits':
      return step.gateway
        ? `to the router ${printAddress(step.gateway)}, which is not of the fleet`
        : 'to a neighbour that is not of the fleet';
    case 'undecided':
      return 'what follows cannot be told';
    case 'unread':
      return `its ${MISSING_NOUNS[step.missing.what]} could not be read: ${step.missing.reason}`;
    case 'entry':
    case 'delivered':
      return '';
  }
}

type Martian = Extract<TraceStep, { kind: 'martian' }>;

function printMartian({ what, side }: Martian): string {
  switch (what) {
    case 'own':
      return 'it bears an address of this namespace itself';
    case 'loopback':
      return `its ${side} is in 127.0.0.0/8, which no other host may use, and route_localnet is off`;
    case 'special':
      return side === 'source'
        ? 'nobody sends from such an address'
        : 'nobody takes packets for such an address';
  }
}

function printReturnRoute({ back, after }: Extract<TraceStep, { kind: 'reverse-path' }>): string {
  const sources = printAddresses(after.source, 4);
  return back === 'nowhere'
    ? `there is no way back to ${sources}`
    : `the way back to ${sources} leaves by another interface`;
}

const onDevice = (device: string | null) => (device === null ? '' : ` on ${device}`);

const byDevice = (device: string | null) => (device === null ? '' : ` by ${device}`);

/** Prints the same where nothing else says that they are dropped. */
export function printNote(step: TraceStep): string {
  if (step.kind === 'rule' && step.action === 'offload')
    return 'into a flowtable: later packets of the connection pass no rules, whatever these say by then';
  const reason = printReason(step);
  if (step.kind === 'forwarding' || step.kind === 'martian') return `dropped: ${reason}`;
  if (step.kind === 'reverse-path') return `dropped ${reason}`;
  return reason !== '' && (step.kind === 'rule' || step.kind === 'policy') ? `dropped ${reason}` : reason;
}
