import { readFileSync } from 'node:fs';

/** Our own name and version, for reports. */
export function tool(): { name: string; version: string } {
  const { name, version } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return { name, version };
}
