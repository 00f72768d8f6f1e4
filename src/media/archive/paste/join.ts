/** Joins outputs of one kind: each entry from the first that has it, and what they don't agree on is said. */
import type { OutputKind } from '../outputs.ts';
import { joinRules } from './join-rules.ts';
import type { PastedLine } from './lines.ts';
import { asItIs, filesNamed, type Joined, type PastedSection, placedDoubts } from './pasted-section.ts';
import { type PlacedLine, putTogether } from './placed.ts';

/** The entries of an output, by what makes them the same; lines above the first entry are a heading. */
interface Entries {
  /** Tells of a line whether an entry begins there, and of what; null: it goes on. */
  begins: RegExp;
  key: (line: string) => string;
  heading?: RegExp;
  /** An entry may come in several parts. */
  goesOn?: boolean;
  /** Forms that tell more than others, best first: of what two forms tell, the better counts alone. */
  forms?: readonly string[];
  /** Tells the form, where it is not that of the section. */
  formOf?: (section: PastedSection) => string;
}

const asWritten = (line: string) => line.trim().replace(/\s+/g, ' ');
const ANY = /\S/;

const ENTRIES: Partial<Record<OutputKind, Entries>> = {
  sysctl: {
    begins: /^\S/,
    key: (line) => line.slice(0, line.indexOf(' =')).replaceAll('/', '.'),
    goesOn: true,
  },
  'ip address': {
    begins: /^\d+: |^[^\s#]/,
    key: (line) => /^(?:\d+: )?([^@:\s]+)/.exec(line)?.[1] ?? line,
    goesOn: true,
    forms: ['ip address', 'ip -br address', 'ifconfig'],
  },
  'ip route': { begins: /^\S/, key: asWritten, forms: ['ip route', 'route'] },
  'ip -6 route': { begins: /^\S/, key: asWritten },
  'ip rule': { begins: /^\S/, key: asWritten },
  'ip -6 rule': { begins: /^\S/, key: asWritten },
  sockets: { begins: ANY, key: asWritten, heading: /^(?:Netid +)?State +Recv-Q|^Active |^Proto / },
  tcp_metrics: { begins: /^\S/, key: (line) => line.split(' ')[0] ?? line },
  ipset: { begins: /^\S/, key: asWritten },
  ip_vs: {
    begins: /^(?:TCP|UDP|SCTP|FWM) /,
    key: (line) => line.split(/\s+/).slice(0, 2).join(' '),
    heading: /^IP Virtual Server|^Prot |^\s*-> RemoteAddress/,
    // ipvsadm aligns its columns; the kernel's addresses are in hex, and its timeouts in jiffies
    forms: ['ipvsadm -Ln', '/proc/net/ip_vs'],
    formOf: ({ rows }) =>
      rows.some(({ text }) => /^\s*-> RemoteAddress:Port Forward/.test(text))
        ? '/proc/net/ip_vs'
        : 'ipvsadm -Ln',
  },
  'ipvsadm-save': { begins: /^\S/, key: asWritten },
  nft: { begins: /^table /, key: asWritten },
  counters: {
    begins: /^\w+:$|^[A-Z]\w+ +\d/,
    key: (line) => line.split(/\s/)[0] ?? line,
    heading: /^#/,
    forms: ['nstat', 'netstat -s'],
  },
  netstat: { begins: /^\w+: [A-Z]/, key: (line) => line.split(' ')[0] ?? line },
  snmp: { begins: /^\w+: [A-Z]/, key: (line) => line.split(' ')[0] ?? line },
  'conntrack -S': { begins: /^cpu=/, key: (line) => line.split(/\s/)[0] ?? line },
  lsmod: {
    begins: /^\S/,
    key: (line) => line.split(' ')[0] ?? line,
    heading: /^Module +Size/,
    forms: ['modules', 'lsmod'],
  },
};

/** Listings of rules are joined with what iptables-save prints: one may have a table that the other lacks. */
export const joinedKind = (kind: OutputKind): OutputKind =>
  kind === 'iptables -L' ? 'iptables-save' : kind === 'ip6tables -L' ? 'ip6tables-save' : kind;

export function joinSections(kind: OutputKind, given: readonly PastedSection[]): Joined {
  // what is whole comes before what is a part
  const sections = given.toSorted((a, b) => Math.sign(a.doubts.length) - Math.sign(b.doubts.length));
  const [first] = sections;
  if (first === undefined) return { kind, output: null, left: [] };
  if (isOfRules(kind)) return joinRules(kind, sections);
  const entries = ENTRIES[kind];
  const isJson = kind === 'nft' && sections.some(({ rows }) => rows[0]?.text.startsWith('{'));
  if (entries === undefined || isJson) return taking(first, sections);
  const used = bestOf(sections, entries);
  const left = sections
    .filter((one) => !used.includes(one))
    .map((section) => ({ section, why: `${filesNamed(used)} tells the same, and more of it` }));
  if (used.length === 1 && used[0]) return { ...taking(used[0], used), left };
  const joined = withEntries(kind, used, entries);
  return { kind, output: joined.output, left: [...left, ...joined.left] };
}

/** Returns the sections of the best form: of those that are whole, where there are some. */
function bestOf(sections: readonly PastedSection[], { forms = [], formOf = ({ form }) => form }: Entries) {
  const isThere = (among: readonly PastedSection[]) => (form: string) =>
    among.some((one) => formOf(one) === form);
  const whole = sections.filter(({ doubts }) => doubts.length === 0);
  const best = forms.find(isThere(whole)) ?? forms.find(isThere(sections));
  return best === undefined ? sections : sections.filter((one) => formOf(one) === best);
}

const isOfRules = (kind: OutputKind) => /^ip6?tables/.test(kind);

/** Takes one of several: which of two readings of a counter is meant nobody can tell. */
function taking(one: PastedSection, all: readonly PastedSection[]): Joined {
  const texts = new Map(
    all.map((section) => [section, section.rows.map(({ text }) => asWritten(text)).join('\n')]),
  );
  const left = all
    .filter((section) => section !== one)
    .map((section) => ({
      section,
      why: texts.get(section) === texts.get(one) ? `${one.origin} has the same` : anotherThan(one.origin),
    }));
  return { kind: one.kind, output: alone(one), left };
}

const anotherThan = (origin: string) =>
  `it tells another than ${origin}, which is taken: of two times, or of two hosts?`;

const alone = (one: PastedSection) =>
  one.whole === null ? outputOf([one], placed(one), []) : asItIs(one, one.whole);

const placed = ({ rows, origin }: PastedSection): PlacedLine[] =>
  rows.map(({ text, line }) => ({ text, origin, line }));

function outputOf(sections: readonly PastedSection[], lines: PlacedLine[], conflicts: readonly string[]) {
  const filled = lines.filter(({ text }) => text !== '');
  const doubts = [...placedDoubts(sections), ...conflicts];
  return {
    ...putTogether(filled),
    origin: filesNamed(sections),
    ...(doubts.length > 0 && { partial: doubts.join('; ') }),
  };
}

interface Entry {
  key: string;
  rows: PastedLine[];
  section: PastedSection;
}

function withEntries(kind: OutputKind, sections: readonly PastedSection[], how: Entries): Joined {
  const heading: PlacedLine[] = [];
  const chosen = new Map<string, Entry>();
  const conflicts = new Map<string, string>();
  const kept = new Set<PastedSection>();
  const others: Joined['left'] = [];
  // which of two values of a setting holds can't be told
  const isSetting = kind === 'sysctl';
  for (const [i, section] of sections.entries()) {
    const { head, entries } = entriesIn(section, how);
    if (i === 0) heading.push(...placed({ ...section, rows: head }));
    // of two readings of the same, one is taken
    const isAnother = i > 0 && !isSetting && entries.every(({ key }) => chosen.has(key));
    if (isAnother && entries.some((entry) => bareOf(entry) !== bareOf(chosen.get(entry.key) as Entry))) {
      others.push({ section, why: anotherThan(filesNamed([...kept])) });
      continue;
    }
    for (const entry of entries) {
      const known = chosen.get(entry.key);
      if (known === undefined) {
        chosen.set(entry.key, entry);
        kept.add(section);
      } else if (known.section !== section && bareOf(known) !== bareOf(entry))
        conflicts.set(
          entry.key,
          `${entry.key} is otherwise in ${section.origin} than in ${known.section.origin}`,
        );
      // a value of several lines is listed a line at a time
      else if (known.section === section && how.goesOn === true) known.rows.push(...entry.rows);
    }
  }
  const lines = [...chosen.values()]
    .filter(({ key }) => !isSetting || !conflicts.has(key))
    .flatMap(({ rows, section }) => placed({ ...section, rows }));
  const used = sections.filter((section) => kept.has(section));
  const left = sections
    .filter((section) => !kept.has(section) && others.every((other) => other.section !== section))
    .map((section) => ({ section, why: `${filesNamed(used)} has the same` }));
  return {
    kind,
    output: outputOf(used, [...heading, ...lines], [...conflicts.values()]),
    left: [...others, ...left],
  };
}

const bareOf = ({ rows }: Entry) =>
  rows
    .map(({ text }) => asWritten(text.replace(COUNTS, '')))
    .filter((text) => text !== '')
    .join('\n');

/** Values that change while nothing happens: connections of IPVS, how long an address is valid. */
const COUNTS = /(?:(?<=^\s*->.*)\s+\d+\s+\d+|valid_lft .*)\s*$/;

function entriesIn(
  section: PastedSection,
  { begins, key, heading }: Entries,
): { head: PastedLine[]; entries: Entry[] } {
  const head: PastedLine[] = [];
  const entries: Entry[] = [];
  for (const row of section.rows) {
    if (heading?.test(row.text)) head.push(row);
    else if (begins.test(row.text)) entries.push({ key: key(row.text), rows: [row], section });
    else if (row.text !== '') entries.at(-1)?.rows.push(row);
  }
  return { head, entries };
}
