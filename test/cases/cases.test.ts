import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../src/yaml.ts';
import { reportIn } from '../json-report.ts';
import { twlint } from '../twlint.ts';

/**
 * What one run must show. What is not given is not looked at.
 *
 *   run: audit --from input      typed in the case's folder, after `twlint`; a word with blanks in single quotes
 *   status: 1
 *   verdicts: { NA002: fail }    of an audit: the verdicts that a rule comes to, of all hosts and namespaces;
 *                                `NA002@host`, `NA002@host/namespace` of one
 *   says: [text]                 in what it prints, on either stream; blanks count as one
 *   never: [text]                not in what it prints
 */
interface Run {
  run: string;
  status?: number;
  verdicts?: Record<string, string | string[]>;
  says?: string[];
  never?: string[];
}

/** `case.yaml` of a folder: where its input comes from, what is right and how that is known, and runs that show it. */
interface Case {
  origin: string;
  right: string;
  runs: Run[];
}

interface Finding {
  rule: string;
  host: string;
  namespace: string | null;
  verdict: string;
}

const FIELDS = ['run', 'status', 'verdicts', 'says', 'never'];

const cases = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('case.yaml') && existsSync(join(import.meta.dirname, path)))
  .map((path) => dirname(path))
  .sort();

describe.each(cases)('%s', (name) => {
  const folder = join(import.meta.dirname, name);
  const { origin, right, runs } = parseYaml(
    readFileSync(join(folder, 'case.yaml'), 'utf8'),
    `${name}/case.yaml`,
  ).value as unknown as Case;

  it('says where it is from and what is right', () => {
    expect([typeof origin, typeof right, runs.length > 0]).toEqual(['string', 'string', true]);
    expect(runs.flatMap((run) => Object.keys(run)).filter((field) => !FIELDS.includes(field))).toEqual([]);
  });

  it.each(runs)('$run', async ({ run, status, verdicts = {}, says = [], never = [] }) => {
    const wantsVerdicts = Object.keys(verdicts).length > 0;
    const ended = await twlint(folder, [...words(run), ...(wantsVerdicts ? ['--format', 'json', '--all'] : [])]);
    const printed = `${ended.stdout}\n${ended.stderr}`.replaceAll(/\s+/g, ' ');
    if (status !== undefined) expect({ status: ended.status, printed }).toEqual({ status, printed });
    if (wantsVerdicts) expect(verdictsOf(ended.stdout, Object.keys(verdicts))).toEqual(listed(verdicts));
    for (const text of says) expect(printed).toContain(text);
    for (const text of never) expect(printed).not.toContain(text);
  });
});

const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

const listed = (verdicts: Record<string, string | string[]>) =>
  Object.fromEntries(Object.entries(verdicts).map(([subject, those]) => [subject, [those].flat().sort()]));

/** The different verdicts on `RULE`, `RULE@host` or `RULE@host/namespace`. */
function verdictsOf(report: string, subjects: readonly string[]): Record<string, string[]> {
  const { findings } = reportIn(report);
  return Object.fromEntries(
    subjects.map((subject) => {
      const [rule, host, namespace] = subject.split(/[@/]/);
      const those = findings.filter(
        (it) =>
          it.rule === rule &&
          (host === undefined || it.host === host) &&
          (namespace === undefined || it.namespace === namespace),
      );
      return [subject, [...new Set(those.map(({ verdict }) => verdict))].sort()];
    }),
  );
}
