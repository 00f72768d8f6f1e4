/** docs/rules, docs/facts.md, docs/counters.md and the manual page are made of rules, facts, counters and commands themselves. UPDATE=1 writes them anew. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectors } from '../src/collectors/index.ts';
import { allCommands } from '../src/commands/index.ts';
import { ABOUT, EXIT_STATUS } from '../src/commands/lib/help.ts';
import { manPage } from '../src/commands/lib/man-page.ts';
import { tool } from '../src/commands/lib/tool.ts';
import { derivedFacts } from '../src/derived/index.ts';
import * as known from '../src/derived/known.ts';
import { typeOf } from '../src/evaluate/facts/derive.ts';
import { loadRules } from '../src/evaluate/rules/rules.ts';
import { pathType } from '../src/fleet/path-fact.ts';
import { WALKED_FACTS } from '../src/fleet/walked-facts.ts';
import { countersPage } from '../src/formats/counter-page.ts';
import { type FactInfo, factsPage } from '../src/formats/fact-pages.ts';
import { ruleIndex, rulePage } from '../src/formats/rule-pages.ts';
import { COUNTER_GROUPS } from '../src/network/counter-meanings.ts';
import { describeWhere } from './needs.ts';
import { provenIds, readProof } from './rules/proof.ts';
import { proofTable } from './rules/table.ts';

const DOCS = join(import.meta.dirname, '../docs');
const rules = loadRules([], { builtin: true, cwd: '/' });

const pathFact: FactInfo = { name: 'path', doc: pathType.doc ?? '', type: pathType, from: [] };

const pages = new Map([
  ['rules/README.md', `${ruleIndex(rules)}\n${proofTable(rules, provenIds().map(readProof))}`],
  ...rules.map((rule): [string, string] => [
    `rules/${rule.id}.md`,
    rulePage(rule, `../../${rule.source.file}`),
  ]),
  ['counters.md', countersPage(COUNTER_GROUPS)],
  [
    'man/twlint.1',
    manPage(await allCommands(), { version: tool().version, describe: ABOUT, exitStatus: EXIT_STATUS }),
  ],
  ['facts.md', factsPage(factsOf('host'), factsOf('netns'), [pathFact])],
]);

function factsOf(scope: 'host' | 'netns'): FactInfo[] {
  const collected = [...collectors.values()].map(
    ({ id, doc, type, probes, scope }) =>
      [scope, { name: id, doc, type, from: Object.values(probes).map(({ origin }) => origin) }] as const,
  );
  const derived = [...derivedFacts.values()].map(
    (fact) =>
      [
        fact.scope,
        { name: fact.id, doc: fact.doc, type: typeOf(fact), from: originsOf(fact.entries) },
      ] as const,
  );
  const others = [known.host, known.netns].map(
    ({ id, scope, type }) => [scope, { name: id, doc: type.doc ?? '', type, from: [] }] as const,
  );
  const walked = [...WALKED_FACTS].map(([name, { type, from }]): [string, FactInfo] => [
    'netns',
    { name, doc: type.doc ?? '', type, from: from.map(({ id }) => id) },
  ]);
  return [...collected, ...derived, ...others, ...walked]
    .flatMap(([of, info]) => (of === scope ? [info] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function originsOf(entries: Record<string, { from: object }>): string[] {
  return [...new Set(Object.values(entries).flatMap(({ from }) => Object.keys(from)))].sort();
}

if (process.env.UPDATE === '1') {
  rmSync(join(DOCS, 'rules'), { recursive: true, force: true });
  mkdirSync(join(DOCS, 'rules'));
  mkdirSync(join(DOCS, 'man'), { recursive: true });
  for (const [path, text] of pages) writeFileSync(join(DOCS, path), text);
}

describe.each([...pages])('docs/%s', (path, text) => {
  it('is fresh', () => {
    expect(existsSync(join(DOCS, path)) ? readFileSync(join(DOCS, path), 'utf8') : '').toBe(text);
  });
});

it('there is no page of a rule that is gone', () => {
  const there = readdirSync(join(DOCS, 'rules')).map((name) => `rules/${name}`);
  expect(there.filter((path) => !pages.has(path))).toEqual([]);
});

describeWhere({ programs: ['groff'] }, 'the manual page', () => {
  it('is one that groff has nothing to say about', () => {
    const page = join(DOCS, 'man/twlint.1');
    const args = ['-man', '-ww', '-rCHECKSTYLE=3', '-Tutf8', '-P-cbou', page];
    const { status, stderr, stdout } = spawnSync('groff', args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // what roff would take for its own is shown
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain("Only these hosts: 'web:&prod:!db3', 'lb-*', @file");
  });
});

const ROOT = join(DOCS, '..');
const SRC = readdirSync(join(ROOT, 'src'));
const PARTS = SRC.map((name) => name.replace('.', '\\.')).join('|');

it.each(['CONTRIBUTING.md', 'docs/architecture.md', 'docs/glossary.md', 'docs/security.md'])(
  '%s names files and folders that are there',
  (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    // from the top of the project, or from src
    const named = text.matchAll(/(?<![\w/.])(?:\.ci|\.github|docs|rules|src|test)\/[\w./-]*\w/g);
    const ofSrc = text.matchAll(new RegExp(`(?<![\\w/.-])(?:${PARTS})/[\\w./-]*\\w`, 'g'));
    const paths = [
      ...[...named].map(([path]) => path),
      ...[...ofSrc].map(([path]) => `src/${path}`).filter((path) => !existsSync(join(ROOT, path.slice(4)))),
    ];
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  },
);
