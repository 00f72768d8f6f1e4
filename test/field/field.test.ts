/**
 * Configurations from the field, made by the programs themselves: each case is a script that makes a host, in network
 * and mount namespaces of its own. CASE.txt has what is seen of it: roles, findings, gaps. An error or a warning among
 * them must be a defect: after a `#` stands which one. UPDATE=1 writes what came; read the difference.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../src/collect/snapshot.ts';
import { collectors } from '../../src/collectors/index.ts';
import { buildVocabulary } from '../../src/evaluate/expression/vocabulary.ts';
import { evaluateQuery, queryFacts } from '../../src/evaluate/query.ts';
import { evaluate } from '../../src/evaluate/report.ts';
import { loadRules } from '../../src/evaluate/rules/rules.ts';
import type { Snapshot } from '../../src/model.ts';
import { describeWhere } from '../needs.ts';
import { temporaryFolder } from '../temporary.ts';
import { PROGRAM } from '../twlint.ts';

const CASES = join(import.meta.dirname, 'cases');
const ROOT = join(import.meta.dirname, '../..');
/** Of host.sh, and of a look at a host that is to have no gaps. */
const EVERY = ['unshare', 'mount', 'ip', 'sysctl', 'nft', 'iptables-legacy-save', 'iptables-nft-save'];
const names = readdirSync(CASES)
  .filter((name) => name.endsWith('.sh'))
  .map((name) => name.replace(/\.sh$/, ''));
const rules = loadRules([], { builtin: true, cwd: '/' });
const vocabulary = buildVocabulary(collectors);

/** What was seen, by what was looked at, in the order in which it was. */
function snapshotsOf(name: string): [what: string, seen: Snapshot][] {
  const folder = temporaryFolder('field');
  const script = `. "${join(import.meta.dirname, 'host.sh')}"; . "${join(CASES, name)}.sh"`;
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const env = {
    ...process.env,
    TWLINT: `${process.execPath} ${PROGRAM}`,
    DATA: join(ROOT, 'test/data'),
    SEEN: folder,
  };
  const { stderr, status } = spawnSync('unshare', [...namespaces, 'sh', '-c', script], {
    encoding: 'utf8',
    timeout: 280_000,
    env,
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const age = (what: string) => statSync(join(folder, what, 'manifest.json')).mtimeMs;
  return readdirSync(folder)
    .sort((a, b) => age(a) - age(b))
    .map((what) => [what, readSnapshot(join(folder, what))]);
}

function told(what: string, snapshot: Snapshot): string[] {
  const { findings, gaps } = evaluate(snapshot, rules, collectors, { name: '', version: '' });
  const place = ({ namespace }: { namespace: string | null }) => namespace ?? 'host';
  const lines = [
    ...findings.flatMap(({ verdict, ...it }) => {
      if (verdict === 'fail') return [`${it.severity} ${it.rule} ${place(it)}`];
      return verdict === 'unknown' ? [`unknown ${it.rule} ${place(it)}: ${it.message}`] : [];
    }),
    ...gaps.map((gap) => `gap ${gap.fact} ${place(gap)}: ${gap.reason}`),
  ];
  return [`${what}: ${rolesIn(snapshot)}`, ...[...new Set(lines)].sort().map((line) => `  ${line}`)];
}

/** Of the host's own namespace. */
function rolesIn(snapshot: Snapshot): string {
  const [init] = evaluateQuery(snapshot, queryFacts(['roles'], vocabulary), vocabulary);
  const { roles: known } = init!.answer as { roles: { value: Record<string, boolean> } };
  const roles = Object.entries(known.value).flatMap(([role, is]) => (is ? [role] : []));
  return roles.sort().join(', ');
}

function expectedOf(name: string): string[] {
  const file = join(CASES, `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
}

const withoutReason = (line: string): string => line.replace(/\s*#.*$/, '');

for (const name of names) {
  const [, needs = ''] = /^# needs: (.*)$/m.exec(readFileSync(join(CASES, `${name}.sh`), 'utf8')) ?? [];
  describeWhere({ root: true, programs: [...EVERY, ...needs.split(' ')] }, name, () => {
    it('is seen as what it is, and no error or warning is a false one', () => {
      const found = snapshotsOf(name).flatMap(([what, seen]) => told(what, seen));
      if (process.env.UPDATE === '1') writeFileSync(join(CASES, `${name}.txt`), `${found.join('\n')}\n`);
      expect(found).toEqual(expectedOf(name).map(withoutReason));
      const unexplained = expectedOf(name).filter(
        (line) => /^ *(error|warning) /.test(line) && !line.includes('#'),
      );
      expect(unexplained).toEqual([]);
    }, 300_000);
  });
}
