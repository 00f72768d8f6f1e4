/** The head of every page: its style and script are in it, and nothing is loaded from elsewhere. */
import { createHash } from 'node:crypto';
import { asMarkup, html, type Markup } from './markup.ts';
import { STYLE } from './style.ts';

/** Allows this style and this script in the page, and nothing from elsewhere. */
function policy(script: string | null): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const scripts = script === null ? "'none'" : hash(script);
  return `default-src 'none'; style-src ${hash(STYLE)}; script-src ${scripts}; base-uri 'none'; form-action 'none'`;
}

/**
 * The document as far as its body begins.
 *
 * @param script the one that its end brings; null: there is none
 */
export const documentHead = (title: string, script: string | null): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${asMarkup(policy(script))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${asMarkup(STYLE)}</style>
</head>
<body>
`;
