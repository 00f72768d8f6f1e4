/**
 * Each file test/network/source-nat/<case>.yaml is a host in a few words (paths-fleet.ts), and what its own namespace does
 * to the sources of packets: the virtual services whose clients get another one (`services`), whether all that is
 * forwarded does (`everything`), and the clients that it merges (`merged`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printAddress } from '../../src/network/address-text.ts';
import { printAddresses } from '../../src/network/addresses.ts';
import { mergedClients } from '../../src/network/paths/merged-clients.ts';
import { sourceNatIn } from '../../src/network/paths/source-nat.ts';
import { parseYaml } from '../../src/yaml.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const CASES = join(import.meta.dirname, 'source-nat');

interface Case {
  nodes: Record<string, Words>;
  /** `192.0.2.50:80` */
  services?: string[];
  /** Null: not known. */
  everything?: boolean | null;
  /** `eth0, eth1 -> docker0: 172.17.0.1, kernel`; `-> itself` for the namespace's own sockets. */
  merged?: string[];
  /** Why there may be more. */
  undecided?: { services?: string[]; merged?: string };
}

it.each(readdirSync(CASES).sort())('%s', (name) => {
  const read = parseYaml(readFileSync(join(CASES, name), 'utf8'), name).value as unknown as Case;
  const nodes = nodesFrom(read.nodes);
  const { services, undecided, everything } = sourceNatIn(nodes, nodes[0]!);
  const clients = mergedClients(nodes, nodes[0]!);
  expect({
    services: services.map(({ address, port }) => `${address && printAddress(address)}:${port}`),
    everything,
    merged: clients.merged.map(
      ({ inputs, out, end, source }) =>
        `${inputs.join(', ')} -> ${out ?? 'itself'}: ${printAddresses(source)}, ${end}`,
    ),
    undecided: { services: undecided, merged: clients.undecided },
  }).toEqual({
    services: read.services ?? [],
    everything: read.everything ?? false,
    merged: read.merged ?? [],
    undecided: { services: read.undecided?.services ?? [], merged: read.undecided?.merged ?? null },
  });
});
