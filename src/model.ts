/**
 * The nouns of twlint. Read this first; it imports nothing.
 *
 *   Inventory ─► Target ─► Evidence ─► Snapshot ─► Facts ─► Finding ─► Report ─► SARIF, text, ...
 */

/** A place in a file that a person wrote: 1-based line and column. */
export interface Source {
  /** As a reader finds it: relative to the repository (or to the working directory), with `/`. */
  file: string;
  line: number;
  column: number;
}

/** Plain data, as YAML and JSON know it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Who a host is, apart from how to reach it. The part of a target that a snapshot keeps. */
export interface Host {
  /** The inventory's name for it: unique in a run. */
  name: string;
  /** Where the inventory declares it. */
  source: Source;
  /** Every group it is in, sorted, without `all` and `ungrouped`. */
  groups: string[];
  /** The inventory's variables that are not about connecting; secrets blanked. */
  vars: Record<string, Json>;
}

export type Become = 'sudo' | 'doas';

/** Whose SSH client: our own, the system's, or the system's where our own can't do what the configuration asks for. */
export type Transport = 'auto' | 'ssh2' | 'openssh';

/** How to ask a host. */
export type Connection =
  | { kind: 'local'; become: Become | null }
  | {
      /** A root file system that is not running. */
      kind: 'image';
      /** Of its folder or archive, from the working directory. */
      path: string;
      /** Where its files lie in the repository: put before their paths. */
      prefix?: string;
    }
  | {
      /** Outputs that were collected earlier: a sosreport, a folder of what people pasted. */
      kind: 'archive';
      path: string;
    }
  | {
      kind: 'ssh';
      /** The host as it would be given to ssh. */
      address: string;
      /** null: what ssh_config says, or 22. */
      port: number | null;
      /** null: what ssh_config says, or the user who runs twlint. */
      user: string | null;
      /** null: what ssh_config says, or the agent's keys and OpenSSH's default files. */
      identityFile: string | null;
      /** Offer the algorithms of OpenSSH 5.3 too. */
      legacy: boolean;
      /** The hosts on the way, as ProxyJump has them; names of the inventory mean what they mean there. */
      proxyJump?: string;
      /** Further options of ssh, as they may stand after -o: `ProxyJump=bastion`. */
      sshOptions?: string[];
      /** Whose client to use, where the inventory says so. */
      transport?: Transport;
      /** The installed script that is run instead of one that is sent: an absolute path. */
      collectCommand?: string;
      become: Become | null;
    };

/** One host of an inventory, all inheritance resolved. */
export interface Target {
  host: Host;
  connection: Connection;
}

/**
 * Why there is no answer. Never the same as an empty answer.
 *
 * - unreachable: the host did not let us in
 * - unsupported: the host lacks the means (a program, a transport without commands)
 * - absent:      the thing asked for is not there
 * - denied:      it is there, and we may not read it
 * - timeout:     it did not answer in time
 * - truncated:   it answered more than we take
 * - failed:      the command said it failed, or the connection broke in the middle
 * - unparsable:  it answered what no parser understands
 */
export const PROBLEMS = [
  'unreachable',
  'unsupported',
  'absent',
  'denied',
  'timeout',
  'truncated',
  'failed',
  'unparsable',
] as const;
export type Problem = (typeof PROBLEMS)[number];

/**
 * A value, or why there is none. `reason` is for people: one line, no trailing full stop. `program`: that it is not
 * installed there is why.
 */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; problem: Problem; reason: string; program?: string };

/** One probe's verbatim answer. */
export interface Evidence {
  /** `collector.probe`, as in `counters.netstat`. */
  probe: string;
  /** Inode of the network namespace asked (`4026531840`), or null for the host itself. */
  namespace: string | null;
  /** 0, or 1 for the second sample of an audit with `--interval`. */
  sample: 0 | 1;
  answer: Answer<string>;
  /** The file that said so, where that is another than the probe's own: `/etc/iptables/rules.v4`. */
  origin?: string;
  /** To be told with every line of it: `if it is loaded at boot`. */
  remark?: string;
}

/** What a host's evidence was read from, where nobody asked the host itself. */
export interface Medium {
  /** `image`: what would run, and does not. `archive`: what a host that ran had said. */
  kind: 'image' | 'archive';
  /** As the user named it. */
  path: string;
  /** ISO 8601, UTC; null where nothing in it says. */
  takenAt: string | null;
  /** Where an image's files lie in the repository: put before their paths. */
  prefix?: string;
}

/** What a host was to be asked for, whatever came back. */
export interface Planned {
  /** Facts, by name. */
  facts: string[];
  /** Those of them that a second sample was to be taken of. */
  twice: string[];
}

/** All that one host said. */
export interface HostEvidence {
  host: Host;
  /** Not ok: nothing could be asked, and why. */
  reached: Answer<null>;
  evidence: Evidence[];
  /** Absent where a snapshot was written before plans were kept, and of archives: nobody planned what they hold. */
  planned?: Planned;
  medium?: Medium;
}

/** Everything that was collected in a run: the one value that collecting and evaluating share. */
export interface Snapshot {
  /** ISO 8601, UTC. */
  startedAt: string;
  finishedAt: string;
  /** True when the user stopped the run before every host was asked. */
  interrupted: boolean;
  /** In the inventory's order. */
  hosts: HostEvidence[];
}

/** A line of evidence: what stood where. `origin` is a path on the host or a command, as `/proc/net/netstat`. */
export interface Line {
  origin: string;
  /** 1-based line in that output; 0 when the whole output is meant. */
  line: number;
  text: string;
  /** What is to be said of it, where its text alone misleads. */
  remark?: string;
}

export type Severity = 'error' | 'warning' | 'note';
export type Verdict = 'pass' | 'fail' | 'unknown' | 'not-applicable';
export type Scope = 'host' | 'netns' | 'path';

/** What to do about a finding: words, and the same as data. */
export interface Fix {
  text: string;
  /** sysctl keys and the values they should have. */
  sysctl?: Record<string, number | string>;
  /** sysctl keys and the least that they should be: what is more already is left alone. */
  atLeast?: Record<string, number>;
  /** sysctl keys that no file should set. */
  removes?: string[];
  /** Shell commands, in order. */
  commands?: string[];
  /** What applying it can break. */
  risk?: string;
}

/** What a report says of a rule: all but its expressions and tests. */
export interface RuleInfo {
  /** `TW002`: stable forever. */
  id: string;
  /** `timewait/tw-recycle-with-nat`: its file below a rules folder, without the ending. */
  name: string;
  title: string;
  severity: Severity;
  scope: Scope;
  why: string;
  fix: Fix;
  references: string[];
  /** Ids of the rules whose findings fold into this one's, on the same host and namespace. */
  supersedes?: string[];
  /** For which kernels it can matter, in words: `< 4.12`. Absent: all. */
  kernels?: string;
  /** When a finding is no defect. */
  falsePositives?: string;
  source: Source;
}

/** A rule tried on a subject. */
export interface Finding {
  rule: string;
  host: string;
  /** The namespace's name (`init`, `rmt50-master`), or null when the subject is the host. */
  namespace: string | null;
  verdict: Verdict;
  /** The rule's; less where a path is not certain, and no less than that of any finding that this one explains. */
  severity: Severity;
  /** fail: what is wrong. unknown: why it can't be told. not-applicable: what an image can't tell. Else empty. */
  message: string;
  evidence: Line[];
  /** Equal for the same defect in the next run, whatever its counters, addresses and times: 16 hex digits. */
  fingerprint: string;
  /** The path that the rule was tried on; null for a rule of another scope. */
  path: PathDrawing | null;
  /** The fingerprint of the finding that explains this one, which is then not told on its own; else null. */
  foldedInto: string | null;
}

/** A path, to be shown: from clients to the socket of a server. */
export interface PathDrawing {
  /** `tcp 192.168.128.5:5432 → 10.244.3.27:5432`. */
  name: string;
  traces: DrawnTrace[];
}

/** The way of the packets of some clients. */
export interface DrawnTrace {
  clients: string[];
  /** What else is to be said of it, as `same address, other clock`; mostly empty. */
  remark: string;
  hops: DrawnHop[];
}

/**
 * What acted on the packets: a rule, the policy of a chain, IPVS, the setting that lets a namespace forward, routing.
 *
 * - exits:   they leave the fleet
 * - martian: they bear an address of the namespace that they come into, which drops them
 * - unread:  what acts there could not be read
 */
type HopKind =
  | 'sends'
  | 'entry'
  | 'rule'
  | 'policy'
  | 'ipvs'
  | 'forwarding'
  | 'routing'
  | 'delivered'
  | 'exits'
  | 'martian'
  | 'undecided'
  | 'unread';

/** Where a packet is, and what its addresses are from there on. */
export interface DrawnHop {
  host: string;
  namespace: string;
  kind: HopKind;
  /** `sends`, `IPVS wlc/masq`, `POSTROUTING:5` (a chain and which rule of it), `socket`, ... */
  stage: string;
  /** The rule that did it; null where none did. */
  rule: Line | null;
  /** What that rule does, as written: `MASQUERADE`, `snat`; ''. */
  target: string;
  source: string;
  destination: string;
  certain: boolean;
}

/** Something that could not be looked at: a host, a namespace, a fact. */
export interface Gap {
  host: string;
  namespace: string | null;
  /** The fact that is missing, or null when it is the host itself. */
  fact: string | null;
  /** `partial`: a part of the fact is missing. */
  problem: Problem | 'partial';
  reason: string;
  /** The program that is not installed there, where that is why. */
  program?: string;
}

/** What a run knows of a host. */
export interface HostSummary {
  name: string;
  source: Source;
  reached: Answer<null>;
  /** `3.10.0-1160.el7.x86_64`, or null when unknown. */
  kernel: string | null;
  namespaces: string[];
  medium?: Medium;
}

/** Every finding, and what could not be looked at. Every format starts here. */
export interface Report {
  tool: { name: string; version: string };
  startedAt: string;
  finishedAt: string;
  interrupted: boolean;
  /** Sorted by id. */
  rules: RuleInfo[];
  /** In the inventory's order. */
  hosts: HostSummary[];
  /** Sorted by severity and rule; hosts in the inventory's order, of each host `init` first. */
  findings: Finding[];
  gaps: Gap[];
}
