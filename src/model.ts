/**
 * The nouns of twlint. Read this first; it imports nothing.
 *
 *   Inventory ─► Target ─► Evidence ─► Snapshot ─► Facts ─► Finding ─► Report ─► SARIF, text, ...
 */

/** A place in a file that a person wrote: 1-based line and column. */
export interface Source {
  /** The path that a reader finds it by: relative to the repository (or to the working directory), with `/`. */
  file: string;
  line: number;
  column: number;
}

/** Plain data, as YAML and JSON know it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The identity of a host, apart from how to reach it. The part of a target that a snapshot keeps. */
export interface Host {
  /** The inventory's name for it: unique in a run. */
  name: string;
  /** The place where the inventory declares it. */
  source: Source;
  /** Every group it is in, sorted, without `all` and `ungrouped`. */
  groups: string[];
  /** The inventory's variables that are not about connecting; secrets blanked. */
  vars: Record<string, Json>;
}

export type Become = 'sudo' | 'doas';

/** The SSH client: our own, the system's, or the system's where our own can't do what the configuration asks for. */
export type Transport = 'auto' | 'ssh2' | 'openssh';

/** The means of asking a host. */
export type Connection =
  | { kind: 'local'; become: Become | null }
  | {
      /** A root file system that is not running. */
      kind: 'image';
      /** The path of its folder or archive, from the working directory. */
      path: string;
      /** The file that has its bytes, where they came by standard input and `path` only says so. */
      file?: string;
      /** The place of its files in the repository: put before their paths. */
      prefix?: string;
    }
  | {
      /** Outputs that were collected earlier: a sosreport, a folder of pasted texts. */
      kind: 'archive';
      path: string;
    }
  | {
      kind: 'ssh';
      /** The host as it would be given to ssh. */
      address: string;
      /** null: as in ssh_config, or 22. */
      port: number | null;
      /** null: as in ssh_config, or the user who runs twlint. */
      user: string | null;
      /** null: as in ssh_config, or the agent's keys and OpenSSH's default files. */
      identityFile: string | null;
      /** True to offer the algorithms of OpenSSH 5.3 too. */
      legacy: boolean;
      /** The hosts on the way, as in ProxyJump; names of the inventory mean what they mean there. */
      proxyJump?: string;
      /** Further options of ssh, as they may stand after -o: `ProxyJump=bastion`. */
      sshOptions?: string[];
      /** The client to use, where the inventory sets it. */
      transport?: Transport;
      /** The installed script that is run instead of one that is sent: an absolute path. */
      collectCommand?: string;
      become: Become | null;
    }
  | {
      /** A command of the operator's, at whose end a sh reads its standard input: `kubectl debug node/h1 ... sh`. */
      kind: 'command';
      /** The program and its arguments. */
      words: readonly string[];
    }
  | {
      /** No means of ours: `ansible_connection: winrm`, an address that only Ansible can work out. */
      kind: 'none';
      reason: string;
    };

/** One host of an inventory, all inheritance resolved. */
export interface Target {
  host: Host;
  connection: Connection;
}

/**
 * The reasons for having no answer. Never the same as an empty answer.
 *
 * - unreachable: the host did not let us in
 * - unsupported: the host lacks the means (a program, a transport without commands)
 * - absent:      the thing asked for is not there
 * - denied:      it is there, and we may not read it
 * - timeout:     it did not answer in time
 * - truncated:   it answered more than we take
 * - failed:      the command reported a failure, or the connection broke in the middle
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
 * A value, or the reason why there is none. `reason` is for people: one line, no trailing full stop. `program`: the
 * program whose absence there is the reason.
 */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; problem: Problem; reason: string; program?: string };

/** One probe's verbatim answer. */
export interface Evidence {
  /** `collector.probe`, as in `counters.netstat`. */
  probe: string;
  /** The inode of the network namespace asked (`4026531840`), or null for the host itself. */
  namespace: string | null;
  /** 0, or 1 for the second sample of an audit with `--interval`. */
  sample: 0 | 1;
  answer: Answer<string>;
  /** The file that it was read from, where that is another than the probe's own: `/etc/iptables/rules.v4`. */
  origin?: string;
  /** The remark to report with every line of it: `if it is loaded at boot`. */
  remark?: string;
  /** The places of its lines, where it was put together from pieces of files: in the order of the text. */
  pieces?: Piece[];
  /** The reason why it may lack something of what it tells: `ticket.txt: line 7: something was left out`. */
  partial?: string;
}

/** Lines of a text that stand one below the other in a file. */
export interface Piece {
  /** The first of them in the text. */
  from: number;
  origin: string;
  /** The line where that one stands in the file. */
  line: number;
}

/** The source of a host's evidence, where nobody asked the host itself. */
export interface Medium {
  /** `image`: what would run, and does not. `archive`: what a host that ran had reported. */
  kind: 'image' | 'archive';
  /** The path as the user wrote it. */
  path: string;
  /** The time in ISO 8601, UTC; null where nothing in it gives one. */
  takenAt: string | null;
  /** The place of an image's files in the repository: put before their paths. */
  prefix?: string;
  /** The files of a paste, and what each was taken for. */
  files?: MediumFile[];
}

/** A file that somebody pasted outputs into. */
export interface MediumFile {
  path: string;
  /** The outputs that were read from it: `iptables-save`; none where nothing was. */
  takenFor: string[];
  /** The parts that were not read, and why: `lines 3-5: nothing that twlint knows`. */
  leftOut: string[];
}

/** The facts that a host was to be asked for, whatever came back. */
export interface Planned {
  /** The names of the facts. */
  facts: string[];
  /** The names of those facts that a second sample was to be taken of. */
  twice: string[];
}

/** A span of time in ISO 8601, UTC, to the millisecond. */
export interface TimeSpan {
  from: string;
  to: string;
}

/** Everything that one host reported. */
export interface HostEvidence {
  host: Host;
  /**
   * The time in which the host, without its namespaces, was asked for the first sample, by the clock of whoever asked.
   * Absent where a snapshot was written before it was kept, and of what nobody asked.
   */
  askedAt?: TimeSpan;
  /** Not ok: nothing could be asked, with the reason. */
  reached: Answer<null>;
  evidence: Evidence[];
  /** Its place among all hosts of a fleet that was divided, from 0. */
  position?: number;
  /** Absent where a snapshot was written before plans were kept, and of archives: nobody planned what they hold. */
  planned?: Planned;
  medium?: Medium;
}

/** A run over hosts, and what was made of each. */
export interface FleetRun<T> {
  /** The time in ISO 8601, UTC. */
  startedAt: string;
  finishedAt: string;
  /** True when the user stopped the run before every host was asked. */
  interrupted: boolean;
  /** In the order of the inventory. */
  hosts: T[];
}

/** A part of a fleet's hosts, divided by their names: the second (`number`, from 1) of eight (`of`). */
export interface Shard {
  number: number;
  of: number;
}

/** Everything that was collected in a run: the one value that collecting and evaluating share. */
export interface Snapshot extends FleetRun<HostEvidence> {
  /** The part of the fleet that it has; absent: the fleet was not divided. */
  shard?: Shard;
}

/** A line of evidence and its place. `origin` is a path on the host or a command, as `/proc/net/netstat`. */
export interface Line {
  origin: string;
  /** 1-based line in that output; 0 when the whole output is meant. */
  line: number;
  text: string;
  /** A remark on it, where its text alone misleads. */
  remark?: string;
}

export type Severity = 'error' | 'warning' | 'note';
export type Verdict = 'pass' | 'fail' | 'unknown' | 'not-applicable';
export type Scope = 'host' | 'netns' | 'path';

/** The fix for a finding: in prose, and the same as data. */
export interface Fix {
  text: string;
  /** sysctl keys and the values they should have. */
  sysctl?: Record<string, number | string>;
  /** sysctl keys and the least that they should be: what is more already is left alone. */
  atLeast?: Record<string, number>;
  /** sysctl keys that hold a list, and what it should have besides: what it has stays. */
  adds?: Record<string, string>;
  /**
   * Settings of interfaces (`rp_filter`) and the values that should be in force there. The fix of a finding has the
   * keys in `sysctl` that bring this about on its host.
   */
  interfaces?: Record<string, number>;
  /** Kernel modules to load, now and at each boot. */
  modules?: string[];
  /** sysctl keys that no file should set. */
  removes?: string[];
  /** Shell commands, in order. */
  commands?: string[];
  /** The things that applying it can break. */
  risk?: string;
}

/** A rule as a report has it: all but its expressions and tests. */
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
  /** Ids of rules about paths: where they pass on all that end on the host, for certain, this one passes, too. */
  yields?: string[];
  /** True where it reads what a kernel counts while it runs: an image has no counters. Absent: it does not. */
  counts?: true;
  /** The kernels for which it can matter, in prose: `< 4.12`. Absent: all. */
  kernels?: string;
  /** The cases in which a finding is no defect. */
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
  /** The rule's; a note where it says so, less where a path is not certain, and no less than that of any finding that this one explains. */
  severity: Severity;
  /** fail: the defect. unknown: why it can't be decided. not-applicable: what an image can't show. Else empty. */
  message: string;
  evidence: Line[];
  /**
   * A hash of 16 hex digits, equal for the same defect in the next run, whatever its counters, addresses and times.
   */
  fingerprint: string;
  /** The rule's fix as far as this subject needs it; absent: all of it. */
  fix?: Fix;
  /** The path that the rule was tried on; null for a rule of another scope. */
  path: PathDrawing | null;
  /**
   * The number of further paths that this verdict is of: they are like that one but for the addresses of their services
   * and servers, and were not followed; absent: none.
   */
  alike?: number;
  /** The fingerprint of the finding that explains this one, which is then not reported on its own; else null. */
  foldedInto: string | null;
  /** The waiver that accepts it: it is counted and listed, and not open. */
  waiver?: Waiver;
  /** The waiver that accepted it until its last day, which is over. */
  expired?: Waiver;
  /** Its standing against the baseline of the run; absent: there is none. */
  baseline?: 'new' | 'known';
}

/** A person's word that findings are accepted for a while, as twlint.yaml has it. */
export interface Waiver {
  /** The id of a rule, or a pattern of ids: `TW003`, `KA*`. */
  rule: string;
  /** The hosts, as `--limit` takes them. */
  hosts: string;
  /** The name of a namespace, or a pattern of names; null: any, and the host itself. */
  namespace: string | null;
  /** The name of a path, or a pattern of names; null: any, and none. */
  path: string | null;
  /** True where it accepts that a check is undecided, too. */
  undecided: boolean;
  reason: string;
  owner: string;
  /** The last day on which it holds, UTC: `2027-01-31`. */
  until: string;
  source: Source;
}

/**
 * The standing of a waiver in a run.
 *
 * - expired: its last day is over
 * - stale:   everything that it speaks of was looked at, and there is nothing to accept
 * - unseen:  nothing to accept was found, and not all that it speaks of was looked at
 */
export interface WaiverStanding {
  waiver: Waiver;
  state: 'in-force' | 'expired' | 'stale' | 'unseen';
  /** The number of findings and undecided checks that it matches. */
  matches: number;
}

/** A defect that an earlier report has. */
export interface EarlierFinding {
  rule: string;
  host: string;
  namespace: string | null;
  severity: Severity;
  message: string;
  fingerprint: string;
}

/** The earlier report that a run is held against. */
interface Baseline {
  /** The file, as the user named it. */
  file: string;
  /** Defects that it has, and that are gone. */
  gone: EarlierFinding[];
  /** Defects that it has, and of which this run can't tell: their host, namespace or rule was not looked at. */
  unseen: EarlierFinding[];
}

/** A path, to be shown: from clients to the socket of a server. */
export interface PathDrawing {
  /** `tcp 192.168.128.5:5432 → 10.244.3.27:5432`. */
  name: string;
  traces: DrawnTrace[];
}

/** The path of the packets of some clients. */
export interface DrawnTrace {
  clients: string[];
  /** A further remark on it, as `same address, other clock`; mostly empty. */
  remark: string;
  hops: DrawnHop[];
}

/**
 * The cause of a hop: a rule, the policy of a chain, IPVS, the setting that lets a namespace forward, routing.
 *
 * - exits:   they leave the fleet
 * - martian: they bear an address that packets from a network may not have, as the namespace's own
 * - reverse-path: the way back to their source is another, and the namespace is set to drop such packets
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
  | 'reverse-path'
  | 'undecided'
  | 'unread';

/** A packet's position, and its addresses from there on. */
export interface DrawnHop {
  host: string;
  namespace: string;
  kind: HopKind;
  /**
   * The name of the stage: `sends`, `IPVS wlc/masq`, `POSTROUTING:5` (a chain and a rule's index in it), `socket`, ...
   */
  stage: string;
  /** The rule that did it, or the setting that dropped them; null where none did. */
  rule: Line | null;
  /** The action of that rule, as written: `MASQUERADE`, `snat`; ''. */
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
  /** The program that is not installed there, where that is the reason. */
  program?: string;
}

/** The facts that a run knows about a host. */
export interface HostSummary {
  name: string;
  source: Source;
  reached: Answer<null>;
  /** `3.10.0-1160.el7.x86_64`, or null when unknown. */
  kernel: string | null;
  namespaces: string[];
  medium?: Medium;
}

/** The version of a report as JSON: another one, when a reader has to change. */
export const REPORT_VERSION = 1;

/** Every finding, and what could not be looked at. Every format starts here. */
export interface Report {
  tool: { name: string; version: string };
  startedAt: string;
  finishedAt: string;
  interrupted: boolean;
  /** The rules sorted by id. */
  rules: RuleInfo[];
  /** The hosts in the inventory's order. */
  hosts: HostSummary[];
  /** Sorted by severity and rule; hosts in the inventory's order, of each host `init` first. */
  findings: Finding[];
  gaps: Gap[];
  /** Absent: no waivers are configured. */
  waivers?: WaiverStanding[];
  /** Absent: the run is held against no earlier one. */
  baseline?: Baseline;
}
