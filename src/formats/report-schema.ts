/** The JSON Schema (2020-12) of a report in JSON; a test holds reports against it. */
import { type Json, PROBLEMS, REPORT_VERSION } from '../model.ts';
import { jsonReport } from './json.ts';

type Schema = Record<string, Json>;

export function reportSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A report of twlint audit',
    ...object(
      {
        version: { const: REPORT_VERSION },
        tool: object({ name: TEXT, version: TEXT }),
        startedAt: TIME,
        finishedAt: TIME,
        interrupted: {
          type: 'boolean',
          description: 'True: what it does not mention may not have been looked at',
        },
        totals: {
          ...object(TOTALS),
          description: 'How many there are: of errors, warnings and notes, those that are open',
        },
        rules: list(rule, 'The rules that were tried'),
        hosts: list(host, "The hosts, in the inventory's order"),
        findings: list(ref('finding'), 'The defects, those that waivers accept or others explain among them'),
        undecided: list(ref('finding'), 'The checks that nobody can decide, and why'),
        checks: list(ref('finding'), 'With --all: what passed or did not apply'),
        gaps: list(gap, 'What could not be looked at'),
        waivers: list(
          object({
            waiver: ref('waiver'),
            state: { enum: ['in-force', 'expired', 'stale', 'unseen'] },
            matches: COUNT,
          }),
          'The waivers of the configuration, and how each stands',
        ),
        baseline: {
          ...object({ file: TEXT, gone: list(ref('earlier')), unseen: list(ref('earlier')) }),
          description: 'The earlier report that this one is held against',
        },
      },
      ['checks', 'waivers', 'baseline'],
    ),
    $defs: { finding, waiver, earlier, source, line, fix, path },
  };
}

const TEXT: Schema = { type: 'string' };
const TEXT_OR_NULL: Schema = { type: ['string', 'null'] };
const COUNT: Schema = { type: 'integer', minimum: 0 };
const TIME: Schema = { type: 'string', description: 'ISO 8601, UTC' };
const SEVERITY: Schema = { enum: ['error', 'warning', 'note'] };

const NOTHING = { tool: { name: '', version: '' }, startedAt: '', finishedAt: '', interrupted: false };
const TOTALS: Schema = Object.fromEntries(
  Object.keys(jsonReport({ ...NOTHING, rules: [], hosts: [], findings: [], gaps: [] }, false).totals).map(
    (name) => [name, COUNT],
  ),
);

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const list = (items: Schema, description?: string): Schema => ({
  type: 'array',
  items,
  ...(description !== undefined && { description }),
});

/** An object of exactly these properties, all of which are there but for the optional ones. */
function object(properties: Schema, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const source = object({ file: TEXT, line: COUNT, column: COUNT });
const line = object({ origin: TEXT, line: COUNT, text: TEXT, remark: TEXT }, ['remark']);
const values: Schema = { type: 'object', additionalProperties: { type: ['number', 'string'] } };

const FIX: Schema = {
  text: TEXT,
  sysctl: values,
  atLeast: values,
  adds: values,
  interfaces: values,
  modules: list(TEXT),
  removes: list(TEXT),
  commands: list(TEXT),
  risk: TEXT,
};
const fix = object(
  FIX,
  Object.keys(FIX).filter((name) => name !== 'text'),
);

const rule = object(
  {
    id: TEXT,
    name: TEXT,
    title: TEXT,
    severity: SEVERITY,
    scope: { enum: ['host', 'netns', 'path'] },
    why: TEXT,
    fix: ref('fix'),
    references: list(TEXT),
    supersedes: list(TEXT),
    yields: list(TEXT),
    counts: { const: true },
    kernels: TEXT,
    falsePositives: TEXT,
    source: ref('source'),
  },
  ['supersedes', 'yields', 'counts', 'kernels', 'falsePositives'],
);

const reached: Schema = {
  oneOf: [
    object({ ok: { const: true }, value: { type: 'null' } }),
    object({ ok: { const: false }, problem: { enum: [...PROBLEMS] }, reason: TEXT, program: TEXT }, [
      'program',
    ]),
  ],
};

const medium = object(
  {
    kind: { enum: ['image', 'archive'] },
    path: TEXT,
    takenAt: TEXT_OR_NULL,
    prefix: TEXT,
    files: list(object({ path: TEXT, takenFor: list(TEXT), leftOut: list(TEXT) })),
  },
  ['prefix', 'files'],
);

const host = object(
  { name: TEXT, source: ref('source'), reached, kernel: TEXT_OR_NULL, namespaces: list(TEXT), medium },
  ['medium'],
);

const gap = object(
  {
    host: TEXT,
    namespace: TEXT_OR_NULL,
    fact: TEXT_OR_NULL,
    problem: { enum: [...PROBLEMS, 'partial'] },
    reason: TEXT,
    program: TEXT,
  },
  ['program'],
);

const waiver = object({
  rule: TEXT,
  hosts: TEXT,
  namespace: TEXT_OR_NULL,
  path: TEXT_OR_NULL,
  undecided: { type: 'boolean' },
  reason: TEXT,
  owner: TEXT,
  until: TEXT,
  source: ref('source'),
});

const SUBJECT: Schema = {
  rule: TEXT,
  host: TEXT,
  namespace: TEXT_OR_NULL,
  severity: SEVERITY,
  message: TEXT,
};

const earlier = object({ ...SUBJECT, fingerprint: TEXT });

const finding = object(
  {
    ...SUBJECT,
    verdict: { enum: ['pass', 'fail', 'unknown', 'not-applicable'] },
    evidence: list(ref('line')),
    fingerprint: { type: 'string', description: 'Equal for the same defect in the next run' },
    fix: ref('fix'),
    path: { oneOf: [{ type: 'null' }, ref('path')] },
    alike: {
      type: 'integer',
      minimum: 1,
      description:
        'Further paths that this verdict is of: like this one but for the addresses of service and server; absent: none',
    },
    foldedInto: { ...TEXT_OR_NULL, description: 'The fingerprint of the finding that explains it' },
    waiver: ref('waiver'),
    expired: ref('waiver'),
    baseline: { enum: ['new', 'known'] },
  },
  ['fix', 'alike', 'waiver', 'expired', 'baseline'],
);

const hop = object({
  host: TEXT,
  namespace: TEXT,
  kind: TEXT,
  stage: TEXT,
  rule: { oneOf: [{ type: 'null' }, ref('line')] },
  target: TEXT,
  source: TEXT,
  destination: TEXT,
  certain: { type: 'boolean' },
});

const path = object({
  name: TEXT,
  traces: list(object({ clients: list(TEXT), remark: TEXT, hops: list(hop) })),
});
