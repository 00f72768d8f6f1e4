/** Rules of which each is harmless, and that take for ever to follow together. */
import { expect, it } from 'vitest';
import { parseAddresses } from '../../src/network/addresses.ts';
import { parseIpAddress } from '../../src/network/interfaces.ts';
import { parseIptablesSave } from '../../src/network/iptables/save.ts';
import { parseRoutes } from '../../src/network/routes.ts';
import { fullBudget } from '../../src/network/walk/budget.ts';
import { packets } from '../../src/network/walk/packets.ts';
import { send } from '../../src/network/walk/walk.ts';
import { settingsOf } from './settings.ts';

const CHAINS = 40;
const chain = (rules: (next: string) => string[]) =>
  Array.from({ length: CHAINS }, (_, i) =>
    rules(`C${i + 1}`).map((rule) => `-A ${i === 0 ? 'POSTROUTING' : `C${i}`} ${rule}`),
  ).flat();

it.each([
  ['chains that jump twice to the next', chain((next) => [`-j ${next}`, `-j ${next}`])],
  [
    'the same in doubt',
    chain((next) => [`-m statistic --mode random --probability 0.5 -j ${next}`, `-j ${next}`]),
  ],
])('%s are given up, and that is said', { timeout: 60_000 }, (_, rules) => {
  const names = Array.from({ length: CHAINS + 1 }, (_, i) => `:C${i} - [0:0]`);
  const nat = [
    '*nat',
    ':POSTROUTING ACCEPT [0:0]',
    ...names,
    ...rules,
    `-A C${CHAINS} -s 10.9.9.9 -j MASQUERADE`,
    'COMMIT',
  ];
  const namespace = {
    ruleset: {
      tables: parseIptablesSave(`${nat.join('\n')}\n`, {
        backend: 'legacy',
        family: 'ip',
        origin: 'iptables-save',
      }),
      ipsets: new Map(),
    },
    interfaces: parseIpAddress('2: eth0: <UP>\n    inet 10.0.0.1/24 scope global eth0\n', 'ip address'),
    routes: parseRoutes('default via 10.0.0.2 dev eth0\n', 4, 'ip route'),
    rules: [],
    services: [],
    virtualConntrack: false,
    release: '6.1.0',
    settings: settingsOf([]),
    budget: { left: fullBudget().left / 10 },
  };
  const set = (text: string) => parseAddresses(text)!;
  const begun = process.cpuUsage();
  const parts = send(namespace, packets(set('10.0.0.1'), set('192.0.2.1'), { protocol: [6, 6] }));
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(20);
  const doubts = parts.flatMap(({ outcomes }) => outcomes.flatMap((outcome) => outcome.doubts));
  expect(doubts.map(({ reason }) => reason)).toContainEqual(
    expect.stringMatching(/^too many different cases/),
  );
});
