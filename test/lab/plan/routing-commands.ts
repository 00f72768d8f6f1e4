/** Draws changes of a router's settings, routes and routing rules. */
import type { HostEvidence } from '../../../src/model.ts';
import type { Case } from '../differential/case.ts';
import { route, rule } from '../differential/draw-routing.ts';
import { DEVICES } from '../differential/layout.ts';
import { type SentPacket, versionOf } from '../differential/packet.ts';
import type { Dice } from './dice.ts';

/** `key=value`, one or two of them. */
export function settings(dice: Dice): string[] {
  const one = () => {
    const where = dice.of(['all', ...DEVICES]);
    const [key, ...values] = dice.of([
      ['net.ipv4.ip_forward', 0, 1],
      ['net.ipv4.conf.all.forwarding', 0, 1],
      ['net.ipv6.conf.all.forwarding', 0, 1],
      [`net.ipv4.conf.${dice.of(DEVICES)}.forwarding`, 0, 0, 1],
      [`net.ipv4.conf.${where}.rp_filter`, 1, 1, 2, 0],
      [`net.ipv4.conf.${where}.rp_filter`, 1, 1, 2, 0],
      [`net.ipv4.conf.${where}.accept_local`, 1, 0],
      [`net.ipv4.conf.${where}.route_localnet`, 1, 0],
    ] as const);
    return `${key}=${dice.of(values as readonly number[])}`;
  };
  return Array.from({ length: 1 + dice.below(2) }, one);
}

const answerOf = ({ evidence }: HostEvidence, probe: string): string[] => {
  const answer = evidence.find((one) => one.probe === probe)?.answer;
  return answer?.ok ? answer.value.split('\n').filter((line) => line.trim() !== '') : [];
};

const versionIn = (drawn: Case, dice: Dice) => versionOf(dice.of(drawn.packets));

/** One to three commands of ip route: about destinations of packets, and about routes that are there. */
export function routeCommands(evidence: HostEvidence, drawn: Case, dice: Dice): string[] {
  return Array.from({ length: 1 + dice.below(3) }, () => {
    const version = versionIn(drawn, dice);
    const command = dice.below(3) === 0 ? deleted(evidence, version, dice) : added(drawn, version, dice);
    return command.map((words) => `ip -${version} ${words}`);
  }).flat();
}

function added(drawn: Case, version: 4 | 6, dice: Dice): string[] {
  const text = dice.from(route(drawn.kind, version));
  const own: Omit<SentPacket, 'id'>[] = drawn.packets.filter((one) => versionOf(one) === version);
  const [first = '', ...rest] = text.replace(/^route replace /, '').split(' ');
  const isTyped = /^[a-z]+$/.test(first) && first !== 'default';
  const length = dice.of(version === 4 ? [32, 24] : [128, 64]);
  const { destination } = dice.of(own);
  const network =
    length === 24
      ? destination.replace(/\.\d+$/, '.0')
      : length === 64
        ? destination.replace(/::.*/, '::')
        : destination;
  // half of them lead to where packets go
  const where = dice.below(2) === 0 ? `${network}/${length}` : isTyped ? rest[0] : first;
  const others = isTyped ? rest.slice(1) : rest;
  const verb = dice.of(['add', 'replace', 'replace', 'replace', 'append']);
  return [['route', verb, ...(isTyped ? [first] : []), where, ...others].join(' ')];
}

/** With all that is listed of a route, or by its destination and table alone. */
function deleted(evidence: HostEvidence, version: 4 | 6, dice: Dice): string[] {
  const lines = answerOf(evidence, version === 4 ? 'routes.routes' : 'routes.routes6').filter(
    (line) =>
      !/^(broadcast|multicast|anycast|nexthop|\s)|table local|^fe80|^ff00|proto kernel|nexthop/.test(line),
  );
  if (lines.length === 0) return [];
  const words = dice
    .of(lines)
    .trim()
    .replace(/ (linkdown|pref \w+|error -?\d+)/g, '')
    .split(/\s+/);
  const table = words.includes('table') ? ` table ${words[words.indexOf('table') + 1]}` : '';
  const isTyped = /^[a-z]+$/.test(words[0]!) && words[0] !== 'default';
  const short = `${isTyped ? words[1] : words[0]}${table}`;
  return [`route del ${dice.below(2) === 0 ? words.join(' ') : short}`];
}

/** One or two commands of ip rule; none on a router without rules of its own. */
export function ruleCommands(evidence: HostEvidence, drawn: Case, dice: Dice): string[] {
  if (drawn.kind !== 'ruled') return [];
  return Array.from({ length: 1 + dice.below(2) }, () => {
    const version = versionIn(drawn, dice);
    const mine = answerOf(evidence, version === 4 ? 'routes.rules' : 'routes.rules6').filter(
      (line) => !/^(0|32766|32767):/.test(line),
    );
    const [priority = '', words = ''] = mine.length > 0 ? dice.of(mine).split(/:\s+/) : [];
    const plain = words.trim().replace(/ \[.*?\]/g, '');
    if (dice.below(3) === 0 && plain !== '')
      return `ip -${version} rule del ${dice.of([`pref ${priority}`, `${plain} pref ${priority}`, plain])}`;
    const text = dice.from(rule(version, dice.of([50, 150, 300])));
    return `ip -${version} ${dice.below(3) === 0 ? text.replace(/pref \d+ /, '') : text}`;
  });
}
