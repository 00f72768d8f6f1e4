/** A change of a drawn router: as its programs make it, and as twlint plan is told of it. */
import type { HostEvidence } from '../../../src/model.ts';
import type { Case } from '../differential/case.ts';
import { setting } from '../differential/layout.ts';
import { diceOf } from './dice.ts';
import { iptablesCommands, partsWithIptables } from './iptables-commands.ts';
import { nftCommands } from './nft-commands.ts';
import { routeCommands, ruleCommands, settings } from './routing-commands.ts';
import { wholeRules } from './whole-rules.ts';

export interface Commands {
  /** Run by sh in the router. */
  script: string;
  /** What stands behind --with. */
  proposals: string[];
}

export type Kind = 'whole rules' | 'iptables' | 'nft' | 'sysctl' | 'ip route' | 'ip rule';

export interface Change extends Commands {
  kind: Kind;
}

/** The kind of a seed: rules are what most changes are about. */
const SHARES: readonly Kind[] = [
  ...(['whole rules', 'iptables', 'iptables', 'iptables', 'iptables', 'iptables'] as const),
  ...(['nft', 'nft', 'nft', 'nft', 'nft', 'nft', 'sysctl', 'sysctl'] as const),
  ...(['ip route', 'ip route', 'ip route', 'ip rule', 'ip rule'] as const),
];

/** The change that a seed makes of a router, which has said this; null where the router has nothing that it is about. */
export function changeOf(drawn: Case, evidence: HostEvidence, seed: number): Change | null {
  const dice = diceOf(seed);
  const kind = dice.of(SHARES);
  const made = (commands: string[]): Change | null =>
    commands.length === 0 ? null : { kind, script: commands.join('\n'), proposals: [commands.join('\n')] };
  switch (kind) {
    case 'whole rules': {
      const whole = wholeRules(drawn, seed);
      return whole && { kind, ...whole };
    }
    case 'iptables': {
      const parts = partsWithIptables(drawn);
      return made(parts.length === 0 ? [] : iptablesCommands(drawn, dice.of(parts), dice));
    }
    case 'nft': {
      const listing = evidence.evidence.find(({ probe }) => probe === 'nat.nftables')?.answer;
      if (drawn.nftables === '' || !listing?.ok) return null;
      const lines = nftCommands(listing.value, drawn, dice);
      return made(lines.map((line) => `nft '${line}'`));
    }
    case 'sysctl': {
      const written = settings(dice);
      return {
        kind,
        script: written.map((one) => setting(...(one.split('=') as [string, string]))).join('\n'),
        proposals: written.map((one) => `sysctl -w ${one}`),
      };
    }
    case 'ip route':
      return made(routeCommands(evidence, drawn, dice));
    case 'ip rule':
      return made(ruleCommands(evidence, drawn, dice));
  }
}
