/** The remedies for the findings of a fleet: every format of `twlint fix` starts here. */
import type { Answer, Report, RuleInfo, Severity, Source } from '../../model.ts';

export interface Remedies {
  tool: Report['tool'];
  /** The time when the hosts were asked. */
  startedAt: string;
  interrupted: boolean;
  /** The number of things that could not be looked at or decided. */
  unknown: number;
  /** The hosts with something to do, in the inventory's order. */
  hosts: HostRemedies[];
}

export interface HostRemedies {
  host: string;
  source: Source;
  /** True for a root file system that does not run. */
  image?: true;
  /** The steps for the host and its own network namespace, in a safe order. */
  steps: RemedyStep[];
  /** The steps for its other network namespaces, whose settings are not the host's. */
  namespaces: NamespaceRemedies[];
}

export interface NamespaceRemedies {
  name: string;
  /** The path that leads to it: `/proc/914/ns/net`, `/run/netns/blue`; null: not known. */
  path: string | null;
  steps: RemedyStep[];
}

/** Settings that the same rules ask for, and the modules that they need; none of both where a remedy is prose only. */
export interface RemedyStep {
  causes: Cause[];
  modules: string[];
  settings: SettingChange[];
}

/** A rule that failed, with the fix that its findings need, and its places. */
export interface Cause {
  rule: RuleInfo;
  severity: Severity;
  /** The namespaces, or the empty text for the host. */
  places: string[];
}

export interface SettingChange {
  key: string;
  /** Null: rules ask for different values, or for none. */
  value: string | null;
  /** True where no file should set it: the kernel begins with that value, or has no such setting. */
  removed: boolean;
  /** Empty where no rule asks for more than that no file sets it. */
  wishes: Wish[];
  /** Absent: the kernel does not have it, or not yet. */
  now: Answer<string>;
  /** The lines that set it at boot, the one that wins first. */
  boot: Answer<BootLine[]>;
}

export interface Wish {
  rule: string;
  value: string;
  /** `atLeast`: more will do. `adds`: what a list should have besides. */
  kind: 'exactly' | 'atLeast' | 'adds';
}

export interface BootLine {
  /** `/etc/sysctl.d/99-gp.conf` */
  file: string;
  line: number;
  value: string;
}
