/**
 * Each file test/network/merged-clients/<case>.yaml is a host in a few words (paths-fleet.ts), the clients that its own
 * namespace merges (`merged`), and why there may be more (`undecided`).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { printAddresses } from '../../src/network/addresses.ts';
import { mergedClients } from '../../src/network/paths/merged-clients.ts';
import { parseYaml } from '../../src/yaml.ts';
import { nodesFrom, type Words } from './paths-fleet.ts';

const CASES = join(import.meta.dirname, 'merged-clients');

interface Case {
  nodes: Record<string, Words>;
  /** `eth0, eth1 -> docker0: 172.17.0.1`; `-> itself` for the namespace's own sockets. */
  merged: string[];
  undecided?: string;
}

it.each(readdirSync(CASES).sort())('%s', (name) => {
  const read = parseYaml(readFileSync(join(CASES, name), 'utf8'), name).value as unknown as Case;
  const nodes = nodesFrom(read.nodes);
  const { merged, undecided } = mergedClients(nodes, nodes[0]!);
  const said = merged.map(
    ({ inputs, out, end, source }) =>
      `${inputs.join(', ')} -> ${out ?? 'itself'}: ${printAddresses(source)}, ${end}`,
  );
  expect({ merged: said, undecided }).toEqual({ merged: read.merged, undecided: read.undecided ?? null });
});
