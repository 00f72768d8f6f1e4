/**
 * One kernel state, as every version of nft and iptables here prints it: as text, as JSON, as saves of both back ends.
 * What one prints may be less than what another does, and never means something else.
 *
 * fetch.sh gets the versions of other releases; they are found in PATH.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAddress } from '../../../src/network/address-text.ts';
import type { Ruleset, Table } from '../../../src/network/ruleset.ts';
import { readRuleset } from '../../../src/network/ruleset-text.ts';
import { natTracer } from '../../../src/network/trace/nat.ts';
import { describeWhere } from '../../needs.ts';
import { type Case, drawCase } from '../differential/case.ts';

const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
const isThere = (program: string) => PATH.split(':').some((folder) => existsSync(join(folder, program)));

/** Debian 12's, and those of other releases; of 11 and of sid where somebody has them. */
const RELEASES = ['', '-trixie'];
const MORE = ['-bullseye', '-sid'].filter((release) => isThere(`nft${release}`));
const RUNS = 25;

const END = '--twlint-end--';

/** What each command prints in a network namespace, behind others that load what it prints; null where it fails. */
function printed(load: string, input: string, commands: readonly string[]): (string | null)[] {
  const asks = commands.map(
    (command) => `{ ${command}; } 2>/dev/null || echo "${END} failed"\necho "${END}"`,
  );
  const script = [`set -e\n${load}\nset +e`, ...asks].join('\n');
  const text = execFileSync('unshare', ['--net', 'sh', '-c', script], {
    input,
    env: { PATH },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return text
    .split(`${END}\n`)
    .slice(0, commands.length)
    .map((one) => (one.includes(`${END} failed`) || one.trim() === '' ? null : one));
}

const nftPrints = (releases: readonly string[]) =>
  releases.flatMap((release) => [`nft${release} list ruleset`, `nft${release} -j list ruleset`]);

/** All but what people read, the words of rules and where they stand, and the order of elements, which is a hash's. */
const model = ({ tables }: Ruleset): unknown =>
  JSON.parse(
    JSON.stringify(
      tables
        .map(({ backend, chains, ...table }: Table) => ({
          ...table,
          chains: [...chains.values()].map(({ rules, ...chain }) => ({
            ...chain,
            rules: rules.map(({ steps, target }) => ({ steps, target })),
          })),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      (key, value) => {
        if (key === 'rows' || key === 'cases') return value.map(sortable).sort();
        return key === 'text' ? '' : typeof value === 'bigint' ? `${value}` : value;
      },
    ),
  );

const sortable = (value: unknown) =>
  JSON.stringify(value, (key, inner) =>
    key === 'text' ? '' : typeof inner === 'bigint' ? `${inner}` : inner,
  );

function expectOneModel(texts: readonly (string | null)[], commands: readonly string[], sets = ''): void {
  const [first, ...others] = texts.map((text, i) => {
    if (text === null) throw new Error(`${commands[i]} printed nothing`);
    return model(read(text, commands[i]!, sets));
  });
  for (const [i, other] of others.entries()) expect(other, commands[i + 1]).toEqual(first);
}

const read = (text: string, origin: string, sets: string): Ruleset =>
  readRuleset(text, origin, { text: sets, origin: 'ipset save' });

/** What a ruleset does to packets that leave by either way; null where it is not certain. */
function answersTo(ruleset: Ruleset, packets: Case['packets']): (string | null)[] {
  const trace = natTracer(ruleset);
  return packets.flatMap((packet) =>
    ['out0', 'out1'].map((out) => {
      const { action, source, certain } = trace({
        source: parseAddress(packet.source)!,
        destination: parseAddress(packet.destination)!,
        protocol: packet.protocol,
        sourcePort: packet.sourcePort,
        destinationPort: packet.destinationPort,
        mark: 0,
        in: null,
        out,
        outAddress: null,
      });
      return certain ? `${action} ${source}` : null;
    }),
  );
}

const programs = [
  ...RELEASES.flatMap((release) => [
    `nft${release}`,
    `iptables-nft-save${release}`,
    `iptables-legacy-save${release}`,
  ]),
  'iptables-legacy-restore',
  'iptables-nft-restore',
  'ip',
  'ipset',
  'unshare',
];

/** Rules of nft may name interfaces by their index, which only those have that are there. */
const INTERFACES = 'ip link add in0 type veth peer name out0';

describeWhere({ root: true, programs }, 'one kernel state', () => {
  it('is the same in the words of each nft', () => {
    const rules = readFileSync(join(import.meta.dirname, 'rules.nft'), 'utf8');
    const commands = nftPrints(RELEASES);
    expectOneModel(printed('nft -f -', rules, commands), commands);
  });

  it('is the same for tables that are drawn', () => {
    const commands = nftPrints(RELEASES);
    const property = fc.property(drawCase('plain'), ({ nftables }) => {
      fc.pre(nftables !== '');
      expectOneModel(printed(`${INTERFACES}\nnft -f -`, nftables, commands), commands);
    });
    fc.assert(property, { numRuns: RUNS });
  }, 120_000);

  it('is the same in saves of both back ends, and nft says nothing else of it', () => {
    const property = fc.property(drawCase('plain'), ({ sets, legacy, legacy6, nft, nft6, packets }) => {
      const rules = legacy || nft || legacy6 || nft6;
      fc.pre(rules !== '');
      const tool = legacy || nft ? 'iptables' : 'ip6tables';
      const saves = ['nft', 'legacy'].flatMap((backEnd) =>
        RELEASES.map((release) => `${tool}-${backEnd}-save${release}`),
      );
      const prints = nftPrints([...RELEASES, ...MORE]);
      const files = `cat >/dev/null; cat >"$d/sets" <<'TEXT'\n${sets}\nTEXT\ncat >"$d/rules" <<'TEXT'\n${rules}\nTEXT`;
      const load = `d=$(mktemp -d); trap 'rm -rf "$d"' EXIT\n${files}\nipset restore <"$d/sets"\n${tool}-nft-restore <"$d/rules"\n${tool}-legacy-restore <"$d/rules"`;
      const texts = printed(load, '', [...saves, ...prints]);
      expectOneModel(texts.slice(0, saves.length), saves, sets);
      const right = answersTo(read(texts[0]!, 'iptables-save', sets), packets);
      for (const [i, text] of texts.slice(saves.length).entries()) {
        if (text === null) continue;
        const others = answersTo(read(text, prints[i]!, sets), packets);
        const wrong = others.findIndex(
          (answer, at) => answer !== null && right[at] !== null && answer !== right[at],
        );
        expect(
          wrong,
          `${prints[i]}: ${others[wrong]}, not ${right[wrong]}, of ${JSON.stringify(packets[wrong >> 1])}`,
        ).toBe(-1);
      }
    });
    fc.assert(property, { numRuns: RUNS });
  }, 240_000);
});
