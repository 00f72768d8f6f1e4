import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import inventory from '../../src/commands/inventory.ts';
import type { World } from '../../src/commands/lib/world.ts';
import { NO_CONFIG } from '../../src/config/config.ts';
import { inventoryCases } from '../inventory/cases.ts';

interface Asked {
  cwd: string;
  args: Record<string, unknown>;
  stdin?: string;
}

/** Runs `twlint inventory`; gives what it writes. */
async function shown({ cwd, args, stdin }: Asked): Promise<{ out: string; err: string }> {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
    async writeAll(pieces: Iterable<string>) {
      for (const piece of pieces) written[name] += piece;
    },
    columns: null,
    color: false,
  });
  const world: World = {
    cwd,
    env: { HOME: '/home/op', PATH: process.env.PATH },
    secrets: {},
    out: stream('out'),
    err: stream('err'),
    stop: new AbortController().signal,
    askSecret: null,
    ...(stdin !== undefined && { stdin: async () => stdin }),
  };
  expect(await inventory.run({ graph: false, list: false, ...args }, world, NO_CONFIG)).toBe(0);
  return written;
}

const fromCase = (text: string): string => text.replaceAll(/[^\s"]*data\/inventory\/[^/]+\//g, '');

/** `shown/` in a case: `graph`, `list`, and a page for each host that is named there. */
const pages = inventoryCases.flatMap(({ name, folder, args }) => {
  const shownHere = join(folder, 'shown');
  const files = existsSync(shownHere) ? readdirSync(shownHere) : [];
  return files.map((file) => ({
    name,
    folder,
    args,
    file,
    text: readFileSync(join(shownHere, file), 'utf8'),
  }));
});

it.each(pages)('$name: $file', async ({ folder, args, file, text }) => {
  const action = file === 'graph' || file === 'list' ? { [file]: true } : { host: file };
  const { out } = await shown({ cwd: folder, args: { inventory: args, ...action } });
  expect(squeezed(fromCase(out))).toBe(text);
});

/** How wide a column is depends on where this test stands. */
function squeezed(text: string): string {
  return text.replace(/(?<=\S) {2,}/g, '  ');
}

describe('what it lists', () => {
  const good = inventoryCases.filter(({ expected }) => expected);

  it.each(good)('$name is taken back', async ({ folder, args }) => {
    const { out } = await shown({ cwd: folder, args: { inventory: args, list: true } });
    const again = await shown({ cwd: folder, args: { inventory: ['-'], list: true }, stdin: out });
    const values = (text: string) => {
      const { _meta: meta, ...groups } = JSON.parse(text);
      return { groups: sortedLists(groups), hostvars: meta.hostvars };
    };
    expect(values(again.out)).toEqual(values(out));
  });
});

/** Hosts and children may come in another order. */
function sortedLists(groups: Record<string, { hosts?: string[]; children?: string[] }>): object {
  const lists = Object.entries(groups).map(([name, { hosts = [], children = [] }]) => [
    name,
    [...hosts].sort(),
    [...children].sort(),
  ]);
  return lists.sort();
}

const ini = inventoryCases.find(({ name }) => name === 'ini')!;
const asked = (args: Record<string, unknown>): Promise<{ out: string; err: string }> =>
  shown({ cwd: ini.folder, args: { inventory: ini.args, ...args } });

it('draws only what a limit leaves', async () => {
  expect((await asked({ limit: 'late:db-a:!l1' })).out).toBe(`@all:
  |--@prod:
  |  |--@db:
  |  |  |--db-a
  |  |--@late:
  |  |  |--2001:db8::5
  |  |  |--2001:db8::6
`);
});

it('lists only what a limit leaves', async () => {
  const listing = JSON.parse((await asked({ limit: 'db-a', list: true })).out);
  expect(Object.keys(listing._meta.hostvars)).toEqual(['db-a']);
  expect(listing.db.hosts).toEqual(['db-a']);
  expect(listing.web).toBeUndefined();
});

it.each([
  [{ graph: true, list: true }, '--graph, --list, --host: one of them'],
  [{ host: 'lome' }, '--host lome: no such host\n  hint: did you mean lone?'],
  [{ inventory: undefined }, 'which hosts? no inventory was given'],
  [{ inventory: ['-'] }, 'standard input is empty'],
])('says what is wrong with %j', async (args, message) => {
  await expect(asked(args)).rejects.toSatisfy(
    (error: { describe(): string }) =>
      error.describe?.().startsWith(message) || String(error).includes(message),
  );
});

it.each([{ host: 'web1' }, { list: true }])(
  'withholds secrets, and what a terminal acts upon: %j',
  async (action) => {
    const stdin = `web1 api_token=s3cret url=https://u:hunter2@x/ esc="'\\x1b[31m\\u202e'"\n`;
    const { out } = await shown({ cwd: '/', args: { inventory: ['-'], ...action }, stdin });
    for (const secret of ['s3cret', 'hunter2', '\x1b', '\u202e']) expect(out).not.toContain(secret);
    expect(out).toContain('[31m');
    expect(out.match(/\(withheld\)/g)).toHaveLength(2);
  },
);
