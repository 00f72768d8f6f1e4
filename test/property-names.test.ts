/**
 * Words that every object of JavaScript knows, as `constructor` and `__proto__`, mean no more than other words, whatever
 * is read: each stands in the place of each word of each sample once, and must come to the same as a word that means
 * nothing and looks alike.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSnapshot } from '../src/collect/snapshot.ts';
import { collectors } from '../src/collectors/index.ts';
import { duration } from '../src/commands/lib/option-values.ts';
import { UserError, UserErrors } from '../src/errors.ts';
import { copied } from '../src/evaluate/copied.ts';
import { beginEvaluation, runTime } from '../src/evaluate/report.ts';
import { loadRules } from '../src/evaluate/rules/rules.ts';
import { parse } from '../src/host/reading.ts';
import { loadInventory } from '../src/inventory/load.ts';
import { readSshArgs } from '../src/inventory/ssh-args.ts';
import { natRules, sourceRules } from '../src/network/nat-rules.ts';
import { parseNftFile } from '../src/network/nft/file.ts';
import { readRuleset } from '../src/network/ruleset-text.ts';
import { parseKnownHosts } from '../src/transports/known-hosts/known-hosts.ts';
import { temporaryFolder } from './temporary.ts';
import { settle } from './transports/settle.ts';

/** Each with its twin, which differs in one letter. */
const WORDS = new Map([
  ['constructor', 'constructqr'],
  ['__proto__', '__protq__'],
  ['toString', 'toStrinq'],
  ['hasOwnProperty', 'hasOwnPropertq'],
]);

interface Sample {
  name: string;
  text: string;
}

interface Reader {
  samples: Sample[];
  /** True where all places of the samples are tried: they are short. */
  everywhere?: true;
  read(text: string, sample: string): unknown;
}

const DATA = join(import.meta.dirname, 'data');
const sampleIn = (path: string): Sample => ({ name: path, text: readFileSync(path, 'utf8') });
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

const scratch = temporaryFolder('words');

/** The folder of a sample, copied, with another text in the sample's place. */
function standing(path: string, text: string): string {
  const folder = join(scratch, 'case');
  rmSync(folder, { recursive: true, force: true });
  cpSync(dirname(path), folder, { recursive: true });
  writeFileSync(join(folder, basename(path)), text);
  return folder;
}

const READERS: Record<string, Reader> = {
  ...Object.fromEntries(
    [...collectors].map(([id, collector]) => {
      const folder = join(import.meta.dirname, 'collectors', id);
      const probes = Object.keys(collector.probes);
      const read = (text: string, path: string) => {
        const textOf = (name: string) => {
          const other = join(dirname(path), name);
          return other === path ? text : existsSync(other) ? readFileSync(other, 'utf8') : undefined;
        };
        const texts = (ending: string) =>
          Object.fromEntries(probes.map((probe) => [probe, textOf(probe + ending)]));
        const isTwice = probes.some((probe) => existsSync(join(dirname(path), `${probe}.before`)));
        return parse(collector, texts(''), isTwice ? texts('.before') : null);
      };
      const samples = filesIn(folder).filter((path) => !basename(path).endsWith('.json'));
      return [`the collector ${id}`, { samples: samples.map(sampleIn), read }];
    }),
  ),
  rulesets: {
    samples: [
      ...filesIn(join(import.meta.dirname, 'network/rulesets')),
      ...filesIn(join(import.meta.dirname, 'network/iptables')),
    ].map(sampleIn),
    read(text, path) {
      const whole = path.endsWith('.rules') ? `*nat\n${text}\nCOMMIT\n` : text;
      const ruleset = readRuleset(whole, 'rules');
      return [ruleset, natRules(ruleset), sourceRules(ruleset)];
    },
  },
  'masks and elements of nft': {
    samples: [
      'table ip t { chain c { meta mark and 0x4000 == 0 return; } }',
      'table ip t { chain c { ct state & established == 0 tcp flags & syn == syn ip dscp 0x1 drop; } }',
      'table ip t { map m { type inet_service : ipv4_addr . inet_service; elements = { 80 comment "x" : 10.0.0.1 . 8080 timeout 1h } } chain c { dnat to tcp dport map @m; } }',
    ].map((text, i) => ({ name: `${i}.nft`, text })),
    everywhere: true,
    read: (text) => {
      const ruleset = readRuleset(text.replaceAll(/(?<=[{};]) /g, '\n').replaceAll(' }', '\n}'), 'rules');
      return [ruleset, natRules(ruleset)];
    },
  },
  'files of nft': {
    samples: filesIn(join(import.meta.dirname, 'network/rulesets'))
      .filter((path) => path.endsWith('.nft'))
      .map(sampleIn),
    read: (text) => parseNftFile(text, 'nftables.conf'),
  },
  inventories: {
    samples: filesIn(join(DATA, 'inventory'))
      .filter((path) => !/(expected\.json|\.txt|shown|\.toml|program|plugin)$/.test(path))
      .map(sampleIn),
    read: (text, path) => {
      const folder = standing(path, text);
      return loadInventory([basename(path)], { cwd: folder, env: { HOME: '/home/op' } });
    },
  },
  ssh_config: {
    samples: filesIn(join(DATA, 'ssh-config'))
      .filter((path) => path.endsWith('/config'))
      .map(sampleIn),
    read: (text) =>
      settle({ config: text.replace(/^ *Include .*$/gim, ''), connection: { address: 'web1' } }),
  },
  'options of ssh': {
    samples: [
      { name: 'args', text: '-o ProxyJump=bastion -o Port=22 -p 22 -l me -C -o UserKnownHostsFile=x' },
    ],
    read: (text) => [
      readSshArgs(text),
      settle({ connection: { sshOptions: text.split(/\s*-[a-zC] ?/).filter(Boolean) } }),
    ],
  },
  known_hosts: {
    samples: filesIn(join(DATA, 'known-hosts')).map(sampleIn),
    read: (text) => parseKnownHosts(text, 'known_hosts'),
  },
  rules: {
    samples: ['timewait/tw-recycle-with-nat.yaml']
      .map((name) => join(import.meta.dirname, '../rules', name))
      .concat(filesIn(join(DATA, 'bad-rules')).filter((path) => path.endsWith('.yaml')))
      .map(sampleIn),
    read(text) {
      writeFileSync(join(scratch, 'a-rule.yaml'), text);
      try {
        return loadRules(['a-rule.yaml'], { builtin: false, cwd: scratch }).map(
          ({ when, assert, ...rest }) => rest,
        );
      } catch (error) {
        // CEL refuses some words earlier than others
        if (error instanceof UserErrors) return 'refused';
        throw error;
      }
    },
  },
  times: { samples: [{ name: 'interval', text: '5s' }], read: (text) => duration('interval', `5${text}`) },
};

const TOKEN = /[^\s"'`{}()[\],;:=@<>|&!]+/g;
/** So many places of all samples of a reader are tried with each word, in even steps: others than with the word before. */
const MOST = 16;
/** Longer samples are left out: they say no more, and take longer. */
const LARGEST = 8000;

interface Place {
  sample: Sample;
  at: number;
  end: number;
}

function placesIn({ samples, everywhere }: Reader, word: string): Place[] {
  const all = samples
    .filter(({ text }) => text.length < LARGEST)
    .flatMap((sample) =>
      [...sample.text.matchAll(TOKEN)].map(({ index, 0: token }) => ({
        sample,
        at: index,
        end: index + token.length,
      })),
    );
  if (everywhere) return all;
  const step = Math.max(1, all.length / MOST);
  const shift = [...WORDS.keys()].indexOf(word) / WORDS.size;
  return Array.from({ length: Math.min(MOST, all.length) }, (_, i) => all[Math.floor((i + shift) * step)]!);
}

/** What came of it, as a value that two words can be compared by. */
async function outcome(reader: Reader, text: string, name: string, word: string): Promise<unknown> {
  try {
    return neutral(await reader.read(text, name), word);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    const errors = error instanceof UserErrors || error instanceof AggregateError ? error.errors : [error];
    const words = errors.map((one) => (one instanceof UserError ? one.describe() : (one as Error).message));
    return neutral({ errors: words }, word);
  }
}

function neutral(value: unknown, word: string): unknown {
  const text = (one: string) =>
    one
      .replaceAll(new RegExp(word, 'gi'), 'WORD')
      // what differs from run to run, and what Node quotes of JSON
      .replaceAll(/\/tmp\/[\w/-]+/g, 'TMP')
      .replace(/Unexpected (?:token|non-whitespace).*/s, 'Unexpected');
  if (typeof value === 'string') return text(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}: ${String(value)}`;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map || value instanceof Set) return neutral([...value], word);
  if (Array.isArray(value)) return value.map((one) => neutral(one, word));
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  const entries = Reflect.ownKeys(value).map((key) => [
    text(String(key)),
    neutral((value as Record<string | symbol, unknown>)[key], word),
  ]);
  return entries.sort(([a], [b]) => (a! < b! ? -1 : 1));
}

describe.each(Object.entries(READERS))('%s', (_, reader) => {
  it('has samples', () => expect(reader.samples).not.toEqual([]));

  it.each([...WORDS])('%s is a word like %s', { timeout: 120_000 }, async (word, twin) => {
    const wrong: unknown[] = [];
    for (const { sample, at, end } of placesIn(reader, word)) {
      const { name, text } = sample;
      const [one, other] = [word, twin].map((it) => text.slice(0, at) + it + text.slice(end));
      const about = `${name}: ${text.slice(Math.max(0, at - 40), at)}${word}${text.slice(end, end + 20)}`;
      const mean = await outcome(reader, one!, name, word).catch((error) => `${about}: ${error.stack}`);
      const meant = await outcome(reader, other!, name, twin);
      if (!isDeepStrictEqual(mean, meant)) wrong.push(about, mean, meant);
    }
    expect(wrong).toEqual([]);
  });
});

describe('facts that are kept', () => {
  /** Some samples are refused. */
  const read = ({ text, name }: Sample, reader: Reader): unknown[] => {
    try {
      return [reader.read(text, name)];
    } catch {
      return [];
    }
  };
  const facts = Object.entries(READERS)
    .filter(([name]) => name.startsWith('the collector '))
    .flatMap(([, reader]) => reader.samples.flatMap((sample) => read(sample, reader)));

  it('have no words but their own, as they had none before', () => {
    expect(facts.filter((fact) => !isDeepStrictEqual(copied(fact), fact))).toEqual([]);
    expect(facts.filter((fact) => !isDeepStrictEqual(structuredClone(fact), fact))).not.toEqual([]);
  });

  it('have none in what is left of a host for rules that look across hosts', () => {
    const incident = readSnapshot(join(import.meta.dirname, '../inventories/demo'));
    const rules = loadRules([], { builtin: true, tests: false, allowSupersede: false, cwd: '/' });
    const evaluation = beginEvaluation(rules, collectors, { name: 'twlint', version: '' });
    const tables = incident.hosts.flatMap((host) =>
      [...evaluation.host(host, runTime(incident)).part.facts.values()].flatMap((facts) => {
        const answer = facts.get('sysctl');
        return answer?.ok ? [answer.value.value as Record<string, unknown>] : [];
      }),
    );
    expect(tables).not.toEqual([]);
    for (const table of tables) for (const word of WORDS.keys()) expect(table[word]).toBe(undefined);
  });
});
