import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCRIPT } from '../../src/formats/html/script.ts';
import { STYLE } from '../../src/formats/html/style.ts';
import type { JsonReport } from '../../src/formats/json.ts';
import { withoutLogCommands } from '../../src/formats/log-commands.ts';
import type { Report } from '../../src/model.ts';
import { reportIn } from '../json-report.ts';
import { hostileReport } from './arbitrary-report.ts';
import { FORBIDDEN_ON_SCREENS as forbidden } from './forbidden.ts';
import { lintForCodeScanning } from './ghas-linter.ts';
import { actedOn } from './log-commands.ts';
import { rendered } from './rendered.ts';
import { plainOptions } from './reports.ts';
import { schemaErrors } from './sarif-schema.ts';

const runs = { numRuns: 400 };

/** A tag of the HTML report: names of ours, and values in which no quote is. */
const OUR_TAG =
  /^<(?:!doctype html|\/?[a-z][a-z0-9]*(?: (?:hidden|checked|disabled|[a-zA-Z-]+="[^"<>]*"))*\/?)>$/;

describe('whatever a report says', () => {
  test('text holds nothing that a terminal would act upon', () => {
    const width = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(hostileReport, fc.boolean(), width, (report, all, width) => {
        const text = rendered('text', report, { ...plainOptions, all, width });
        expect(text).not.toMatch(forbidden);
        expect(actedOn(withoutLogCommands(text))).toEqual([]);
      }),
      runs,
    );
  });

  test('SARIF is valid, code scanning takes it, and its texts are printable', () => {
    fc.assert(
      fc.property(hostileReport, fc.boolean(), fc.option(fc.string()), (report, all, category) => {
        const text = rendered('sarif', report, { ...plainOptions, all, category });
        const log: unknown = JSON.parse(text);
        expect(withoutLogCommands(text)).toBe(text);
        expect(actedOn(text)).toEqual([]);
        expect(schemaErrors(log)).toEqual([]);
        expect(lintForCodeScanning(log, { all })).toEqual([]);
        for (const { text, markdown = '' } of messages(log)) {
          expect(text).not.toMatch(/\]\(|\{\d+\}/);
          expect(shownAsMarkdown(markdown)).not.toMatch(/[\]`*_[<>~|&#!]|:\/\/|www\.|\{\d+\}/i);
        }
        expect(texts(log).filter((text) => forbidden.test(text))).toEqual([]);
      }),
      runs,
    );
  });

  test('HTML has no element, attribute or link but our own', () => {
    fc.assert(
      fc.property(hostileReport, fc.boolean(), (report, all) => {
        const text = rendered('html', report, { ...plainOptions, all });
        expect(text).not.toMatch(forbidden);
        expect(actedOn(withoutLogCommands(text))).toEqual([]);
        // the hashes of its policy are those of the style and the script as they are
        const body = text.replace(STYLE, '').replace(SCRIPT, '');
        expect(withoutLogCommands(STYLE + SCRIPT)).toBe(STYLE + SCRIPT);
        const tags = body.match(/<[^>]*>/g) ?? [];
        expect(tags.filter((tag) => !OUR_TAG.test(tag))).toEqual([]);
        expect(body.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/);
        for (const [, link] of body.matchAll(/href="([^"]*)"/g)) expect(link).toMatch(/^(?:#|https?:\/\/)/);
      }),
      runs,
    );
  });

  test('JSON is the report, and printable', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const text = rendered('json', report, { ...plainOptions, all: true });
        expect(text).not.toMatch(forbidden);
        expect(withoutLogCommands(text)).toBe(text);
        expect(actedOn(text)).toEqual([]);
        expect(byFingerprint(reportIn(text))).toEqual(byFingerprint(JSON.parse(JSON.stringify(report))));
      }),
      runs,
    );
  });
});

/** A report with its checks in one order, and without what JSON adds. */
function byFingerprint(report: Report): Partial<JsonReport> {
  const { version, totals, ...same } = report as Partial<JsonReport>;
  return { ...same, findings: report.findings.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)) };
}

interface Message {
  text: string;
  markdown?: string;
}

/** What a viewer shows: of a rule's pages the text alone, as their Markdown is the rule's own. */
function messages(value: unknown): Message[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'help') return [{ text: (inner as Message).text }];
    return /^(?:message|\w+Description)$/.test(key) ? [inner as Message] : messages(inner);
  });
}

/** Without the subject's own emphasis, blocks of code, and what is escaped. */
function shownAsMarkdown(markdown: string): string {
  return markdown
    .replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')
    .replace(/\\[\s\S]/g, '')
    .replace(/^\*\*(.*?)\*\*:/, '$1:');
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...Object.keys(value), ...Object.values(value).flatMap(texts)];
}
