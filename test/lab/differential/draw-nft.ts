/** Draws tables of nftables, as `nft -f` reads them. */
import fc from 'fast-check';
import { few } from './draw-iptables.ts';
import { ip, match } from './draw-nft-matches.ts';
import { dnat, marking, namedSets, plain, setMark, snat, verdictMap } from './draw-nft-statements.ts';
import type { Version } from './universe.ts';

type Text = fc.Arbitrary<string>;

interface Base {
  kind: 'filter' | 'nat' | 'route';
  hook: string;
  priorities: readonly string[];
  /** One table in so many has it. */
  seldom: number;
}

/** The base chains that a table may have, several of one hook among them. */
const BASES: readonly Base[] = [
  { kind: 'filter', hook: 'prerouting', priorities: ['raw', '-250', '-450'], seldom: 6 },
  { kind: 'filter', hook: 'prerouting', priorities: ['mangle', '-101', '-99', 'filter'], seldom: 3 },
  { kind: 'nat', hook: 'prerouting', priorities: ['dstnat', 'dstnat', 'dstnat - 10', 'filter'], seldom: 2 },
  { kind: 'nat', hook: 'prerouting', priorities: ['dstnat + 5'], seldom: 6 },
  { kind: 'filter', hook: 'input', priorities: ['mangle', 'filter', 'security', '101'], seldom: 5 },
  { kind: 'nat', hook: 'input', priorities: ['100', '50'], seldom: 8 },
  { kind: 'filter', hook: 'forward', priorities: ['filter', 'mangle', 'filter + 10'], seldom: 3 },
  { kind: 'filter', hook: 'forward', priorities: ['security'], seldom: 8 },
  { kind: 'route', hook: 'output', priorities: ['mangle', 'filter'], seldom: 5 },
  { kind: 'filter', hook: 'output', priorities: ['raw', 'mangle', 'filter'], seldom: 5 },
  { kind: 'nat', hook: 'output', priorities: ['-100', '-110'], seldom: 3 },
  { kind: 'filter', hook: 'postrouting', priorities: ['mangle', 'srcnat - 1', 'srcnat + 1'], seldom: 4 },
  { kind: 'nat', hook: 'postrouting', priorities: ['srcnat', 'srcnat', 'srcnat - 5'], seldom: 1 },
  { kind: 'nat', hook: 'postrouting', priorities: ['srcnat + 5'], seldom: 6 },
];

/** One chain in so many drops what comes to its end. */
const SELDOM_DROPS = 12;

const once = (seldom: number): fc.Arbitrary<boolean> =>
  fc.integer({ min: 1, max: seldom }).map((at) => at === 1);

/** Rules about packets of other protocols than those that are sent. */
const ELSEWHERE = [
  'icmp type echo-request drop',
  'icmpv6 type nd-neighbor-solicit accept',
  'sctp dport 80 drop',
];

function rules(base: Base, versions: readonly Version[], later: readonly string[]): fc.Arbitrary<string[]> {
  const rule = fc.oneof(
    {
      weight: 30,
      arbitrary: fc
        .constantFrom(...versions)
        .chain((version) => ruleOf(base, version, versions.length > 1, later)),
    },
    // one family's protocol makes a rule about that family
    { weight: 1, arbitrary: fc.constantFrom(...ELSEWHERE.filter((text) => fitsAll(text, versions))) },
  );
  return fc.array(rule, { maxLength: 4 });
}

const fitsAll = (text: string, versions: readonly Version[]) =>
  text.startsWith('sctp') || versions.includes(text.startsWith('icmpv6') ? 6 : 4);

function ruleOf({ kind, hook }: Base, version: Version, inet: boolean, later: readonly string[]): Text {
  const toDestination = hook === 'prerouting' || hook === 'output';
  const own =
    kind === 'nat'
      ? toDestination
        ? dnat(version)
        : hook === 'input'
          ? inputSnat(version)
          : snat(version)
      : setMark;
  const does = fc.oneof(
    { weight: 4, arbitrary: own },
    { weight: 2, arbitrary: plain(hook, later) },
    { weight: 1, arbitrary: setMark },
    { weight: 1, arbitrary: verdictMap(version, later) },
  );
  return fc
    .tuple(
      few(match(version, hook)),
      fc.option(marking(version), { freq: 1 }),
      fc.array(match(version, hook), { maxLength: 1 }),
      does,
      fc.constantFrom('tcp', 'udp'),
      fc.constantFrom(...(inet ? ['', '', `meta nfproto ipv${version}`] : [''])),
    )
    .map(([before, marks, between, last, drawn, family]) => {
      const parts = [family, ...before, ...(marks ? [marks, ...between] : []), last].join(' ');
      // nft refuses a rule that asks for two protocols
      const protocol = parts.includes('TCP ') ? 'tcp' : drawn;
      return parts.replaceAll('PROTOCOL', protocol).replaceAll('TCP ', 'tcp ');
    })
    .filter((text) => !isPrintedAsItsOpposite(text));
}

/** `th sport < 10 th sport > 20`, which no packet is: nft prints `th sport != 10-20`, and nothing tells them apart. */
function isPrintedAsItsOpposite(text: string): boolean {
  const [, below, above] = text.match(/th sport < (\d+) th sport > (\d+)/) ?? [];
  return below !== undefined && Number(below) <= Number(above);
}

/** What comes to the host itself can't be masqueraded. */
const inputSnat = (version: Version): Text => snat(version).filter((text) => !text.includes('masquerade'));

/** A base chain and two more, written before what leads to them. */
function chains(base: Base, place: number, versions: readonly Version[]): Text {
  const name = `${base.kind}-${base.hook}-${place}`;
  const own = [1, 2].map((i) => `${name}-${i}`);
  return fc
    .tuple(
      fc.constantFrom(...base.priorities),
      once(SELDOM_DROPS),
      rules(base, versions, own),
      ...own.map((_, i) => rules(base, versions, own.slice(i + 1))),
    )
    .map(([at, drops, first, ...lists]) => {
      const body = (lines: string[]) => lines.map((line) => `    ${line}`).join('\n');
      const side = own.map((one, i) => `  chain ${one} {\n${body(lists[i]!)}\n  }`).reverse();
      const head = `    type ${base.kind} hook ${base.hook} priority ${at}; policy ${drops ? 'drop' : 'accept'}`;
      return `${side.join('\n')}\n  chain ${name} {\n${head}\n${body(first)}\n  }`;
    });
}

/** A table of the family of its version, or of inet: most of its rules are about that version then. */
export function drawNft(version: Version, name: string): Text {
  const other = version === 4 ? 6 : 4;
  return fc.boolean().chain((both) => {
    const versions = both ? ([version, version, version, other] as const) : [version];
    const bases = BASES.map((base, place) =>
      once(base.seldom).chain((there) => (there ? chains(base, place, versions) : fc.constant(''))),
    );
    return fc.tuple(namedSets(version), both ? namedSets(other) : fc.constant(''), ...bases).map((parts) => {
      const body = parts.filter((part) => part !== '').join('\n');
      return `table ${both ? 'inet' : ip(version)} ${name} {\n${body}\n}\n`;
    });
  });
}
