/** The files in .github, that only GitHub runs and shows: what they name is there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { informationUri } from '../src/formats/sarif/rules.ts';
import { PROGRAM } from './twlint.ts';

const ROOT = join(import.meta.dirname, '..');
const GITHUB = join(ROOT, '.github');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const yamlIn = <T>(folder: string): [string, T][] =>
  readdirSync(join(GITHUB, folder)).map((name) => [name, load(read(join('.github', folder, name))) as T]);

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  'runs-on': string;
  'timeout-minutes'?: number;
  permissions?: Record<string, string>;
  strategy?: { matrix: { node: string[] } };
  steps: Step[];
}
interface Workflow {
  permissions?: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
}
interface Field {
  type: string;
  id?: string;
  attributes: { label?: string; value?: string };
}
interface Form {
  name: string;
  description: string;
  body: Field[];
}

const manifest = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
  repository: { url: string };
  homepage: string;
  bugs: string;
};
const workflows = yamlIn<Workflow>('workflows');
const [settings, forms] = [
  load(read('.github/ISSUE_TEMPLATE/config.yml')) as { contact_links: { url: string }[] },
  yamlIn<Form>('ISSUE_TEMPLATE').filter(([name]) => name !== 'config.yml'),
];
const jobs = workflows.flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]): [string, Job] => [`${file}: ${name}`, job]),
);
const commandsOf = ({ steps }: Job) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

describe.each(workflows)('%s', (_, workflow) => {
  it('may read, unless a job says more, and ends', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(workflow.concurrency).toBeDefined();
  });
});

describe.each(jobs)('%s', (_, job) => {
  it('has a limit, and actions of one major version, without a token that stays in the checkout', () => {
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    const used = job.steps.filter(({ uses }) => uses !== undefined);
    for (const { uses } of used) expect(uses).toMatch(/^actions\/[a-z-]+@v\d+$/);
    const checkouts = used.filter(({ uses }) => uses!.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with)).toEqual([{ 'persist-credentials': false }]);
  });

  it('runs what is there', () => {
    for (const command of commandsOf(job)) {
      for (const [, script] of command.matchAll(/\bnpm run ([\w:-]+)/g))
        expect(manifest.scripts).toHaveProperty([script!]);
      for (const [path] of command.matchAll(/(?<![\w/])\.ci\/[\w.-]+/g))
        expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  });
});

it('the scripts of package.json name folders and files that are there', () => {
  for (const [name, script] of Object.entries(manifest.scripts))
    for (const [path] of script.matchAll(/(?<![\w/.-])(?:\.ci|bench|test)\/[\w./-]+/g)) {
      // a filter of vitest is the beginning of a path
      const there = existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.test.ts`));
      expect(there, `${name}: ${path}`).toBe(true);
    }
});

it('CI tries the oldest Node that package.json allows, and the even majors after it', () => {
  const ci = Object.values(workflows.find(([name]) => name === 'ci.yml')![1].jobs);
  const linux = ci.filter((job) => job['runs-on'].startsWith('ubuntu'));
  const versions = linux.flatMap((job) => [
    ...(job.strategy?.matrix.node ?? []),
    ...commandsOf(job).flatMap((run) => [...run.matchAll(/\bnode:([\d.]+)/g)].map(([, version]) => version!)),
  ]);
  const oldest = /^>=(\d+\.\d+)$/.exec(manifest.engines.node)![1]!;
  const major = Number(oldest.split('.')[0]);
  expect(versions.sort()).toEqual([oldest, String(major + 2), String(major + 4)]);
});

it('nothing but the release may write, and it publishes no other version than its tag', () => {
  const writing = jobs.filter(([, job]) => job.permissions !== undefined);
  expect(writing.map(([name]) => name)).toEqual(['release.yml: release']);
  const commands = commandsOf(writing[0]![1]);
  const at = (part: string) => commands.findIndex((command) => command.includes(part));
  expect(at('GITHUB_REF_NAME" = "v$(')).toBeGreaterThanOrEqual(0);
  expect(at('npm publish')).toBeGreaterThan(at('GITHUB_REF_NAME" = "v$('));
  expect(at('npm publish')).toBeGreaterThan(at('npm test'));
});

describe.each(forms)('the form %s', (_, { name, description, body }) => {
  it('is one that GitHub shows', () => {
    expect([name, description].every((text) => text.length > 3)).toBe(true);
    for (const { type, attributes } of body) {
      expect(['markdown', 'input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
      expect(type === 'markdown' ? attributes.value : attributes.label).toBeTruthy();
    }
    const ids = body.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('warns of secrets', () => {
    expect(JSON.stringify(body)).toMatch(/public.*passwords/is);
  });

  it('names commands and options that there are', () => {
    for (const [, words] of JSON.stringify(body).matchAll(/`twlint ([^`]+)`/g)) {
      const [command, ...rest] = words!.split(' ');
      const { status, stdout } = spawnSync(process.execPath, [PROGRAM, command!, '--help', 'all'], {
        encoding: 'utf8',
      });
      expect({ command, status }).toEqual({ command, status: 0 });
      for (const option of rest.filter((word) => word.startsWith('-')))
        expect(stdout).toMatch(new RegExp(`(^|\\s)${option}\\b`));
    }
  });
});

it('there is one home, and links to it lead to files', () => {
  expect(manifest.repository.url).toBe(`git+${informationUri}.git`);
  expect(manifest.homepage).toBe(`${informationUri}#readme`);
  expect(manifest.bugs).toBe(`${informationUri}/issues`);
  const texts = [JSON.stringify(settings), ...forms.map(([, form]) => JSON.stringify(form))];
  const links = texts.flatMap((text) =>
    [...text.matchAll(/https:\/\/github\.com\/[^)"\s]+/g)].map(([it]) => it),
  );
  expect(links.length).toBeGreaterThan(1);
  for (const link of links) {
    const path = link.replace(`${informationUri}/blob/main/`, '');
    expect(existsSync(join(ROOT, path)), link).toBe(true);
  }
});
