import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSnapshot, writeSnapshot } from '../../src/collect/snapshot.ts';
import type { Evidence, Json, Problem, Snapshot } from '../../src/model.ts';
import { parseYaml } from '../../src/yaml.ts';

/**
 * A text of parts, each under a heading of its own:
 *
 *   ==== command ====            what is typed, `twlint` first; with `# comment` lines before it
 *   ==== file hosts.yaml ====    a file in the working directory
 *   ==== snapshot snap ====      a snapshot, as changes to the demo's
 *   ==== stdout ====             what it prints; what is not given is not looked at
 *   ==== stderr ====
 *   ==== status ====
 */
export interface Scenario {
  command: string[];
  files: Record<string, string>;
  snapshots: Record<string, Change>;
  stdout: string | null;
  stderr: string | null;
  status: number;
}

/** How a snapshot differs from the demo's. */
interface Change {
  /** Only these hosts. */
  hosts?: string[];
  /** `s2/4026531833/nat.legacy`, or `s2/host/kernel.release`; `*` is any part. */
  change?: Record<string, Edit>;
}

/** Another text (in both samples), words replaced in it, or no answer at all. */
type Edit = { text: string } | { replace: Record<string, string> } | { problem: Problem; reason: string };

export function parseScenario(text: string, file: string): Scenario {
  const parts = text.split(/^==== (.+) ====\n/m).slice(1);
  const scenario: Scenario = { command: [], files: {}, snapshots: {}, stdout: null, stderr: null, status: 0 };
  for (let i = 0; i < parts.length; i += 2) {
    const [kind, name = ''] = parts[i]!.split(' ');
    const body = parts[i + 1]!;
    if (kind === 'command') scenario.command = words(body);
    else if (kind === 'file') scenario.files[name] = body;
    else if (kind === 'snapshot')
      scenario.snapshots[name] = parseYaml(body, file).value as Json as unknown as Change;
    else if (kind === 'stdout' || kind === 'stderr') scenario[kind] = body;
    else if (kind === 'status') scenario.status = Number(body);
    else throw new Error(`${file}: no part is called "${kind}"`);
  }
  return scenario;
}

/** The scenario's text with what was printed in its output parts. */
export function withOutput(
  text: string,
  said: { stdout: string; stderr: string; status: number | null },
): string {
  const [first, ...parts] = text.split(/^(?===== )/m);
  const rewritten = parts.map((part) => {
    const kind = /^==== (stdout|stderr|status) ====\n/.exec(part)?.[1] as keyof typeof said | undefined;
    if (kind === undefined) return part;
    return `==== ${kind} ====\n${kind === 'status' ? `${said.status}\n` : said[kind]}`;
  });
  return [first, ...rewritten].join('');
}

function words(body: string): string[] {
  const line = body.split('\n').find((it) => it.startsWith('twlint '))!;
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].slice(1).map(([, quoted, plain]) => quoted ?? plain!);
}

/** Puts a scenario's files and snapshots into a folder. */
export function setUp(scenario: Scenario, folder: string, demo: string): void {
  for (const [name, text] of Object.entries(scenario.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const [name, change] of Object.entries(scenario.snapshots))
    writeSnapshot(changed(readSnapshot(demo), change), join(folder, name));
}

function changed(snapshot: Snapshot, { hosts, change = {} }: Change): Snapshot {
  const unused = new Set(Object.keys(change));
  const edited = snapshot.hosts
    .filter(({ host }) => hosts === undefined || hosts.includes(host.name))
    .map((host) => ({
      ...host,
      evidence: host.evidence.map((evidence) => {
        const place = [host.host.name, evidence.namespace ?? 'host', evidence.probe];
        const key = Object.keys(change).find((pattern) => isAt(pattern.split('/'), place));
        if (key === undefined) return evidence;
        unused.delete(key);
        return { ...evidence, answer: edit(evidence, change[key]!) };
      }),
    }));
  if (unused.size > 0) throw new Error(`nothing is at ${[...unused].join(', ')}`);
  return { ...snapshot, hosts: edited };
}

const isAt = (pattern: string[], place: string[]) =>
  place.every((part, i) => pattern[i] === '*' || pattern[i] === part);

function edit({ probe, answer }: Evidence, change: Edit): Evidence['answer'] {
  if ('problem' in change) return { ok: false, ...change };
  if ('text' in change) return { ok: true, value: change.text };
  if (!answer.ok) throw new Error(`${probe} has no text to change`);
  return {
    ok: true,
    value: Object.entries(change.replace).reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${probe} does not say ${JSON.stringify(from)}`);
      return text.replaceAll(from, to);
    }, answer.value),
  };
}
