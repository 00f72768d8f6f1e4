/** Draws rulesets of iptables, as iptables-restore reads them. */
import fc from 'fast-check';
import { match, options, transport } from './draw-iptables-matches.ts';
import { flow, targets } from './draw-iptables-targets.ts';
import type { Version } from './universe.ts';

type Text = fc.Arbitrary<string>;

/** A chain of a table: its rules may go to the chains named after it. */
function rules(table: string, hook: string, version: Version, later: string[]): fc.Arbitrary<string[]> {
  const jumps =
    later.length > 0 ? options(fc.constantFrom('-j ', '-j ', '-g '), fc.constantFrom(...later)) : flow;
  const own = targets(table, hook, version);
  const target = fc.oneof(
    { weight: 3, arbitrary: own },
    { weight: 1, arbitrary: flow },
    { weight: 2, arbitrary: jumps },
  );
  const rule = fc.tuple(few(match(version, hook)), transport, target).map(([matches, protocol, does]) => {
    const kept = distinct(matches).join(' ');
    return `${kept} ${does.startsWith('-p ') ? '' : protocol} ${does}`;
  });
  return fc.array(rule, { maxLength: 4 });
}

/** None, one or two: the more conditions, the fewer of the packets meet a rule. */
export const few = (condition: Text): fc.Arbitrary<string[]> =>
  fc
    .constantFrom(0, 0, 1, 1, 2)
    .chain((length) => fc.array(condition, { minLength: length, maxLength: length }));

/** iptables takes each of `-s -d -i -o` once. */
function distinct(matches: string[]): string[] {
  const seen = new Set<string>();
  return matches.filter((text) => {
    const key = /^(?:! )?(-[sdio]) /.exec(text)?.[1] ?? text;
    return !seen.has(key) && seen.add(key);
  });
}

/** A hook's chain and three more, which only it and each other lead to. */
function chains(table: string, hook: string, version: Version): fc.Arbitrary<string> {
  const own = [1, 2, 3].map((i) => `${hook}-${i}`);
  return fc
    .tuple(
      rules(table, hook, version, own),
      ...own.map((_, i) => rules(table, hook, version, own.slice(i + 1))),
    )
    .map((lists) => {
      const names = [hook, ...own];
      const declared = own.map((name) => `:${name} - [0:0]`);
      return [...declared, ...lists.flatMap((list, i) => list.map((rule) => `-A ${names[i]} ${rule}`))].join(
        '\n',
      );
    });
}

/** The policies of a table's own chains; nat's may not drop. */
const policies = (name: string, hooks: string[]): fc.Arbitrary<string> =>
  fc
    .tuple(...hooks.map(() => fc.constantFrom(...(name === 'filter' ? POLICIES : ['ACCEPT']))))
    .map((list) => list.map((policy, i) => `:${hooks[i]} ${policy} [0:0]`).join('\n'));

const POLICIES = [...Array.from({ length: 7 }, () => 'ACCEPT'), 'DROP'];

function table(name: string, hooks: string[], version: Version): fc.Arbitrary<string> {
  return fc
    .tuple(policies(name, hooks), ...hooks.map((hook) => chains(name, hook, version)))
    .map((parts) => `*${name}\n${parts.join('\n')}\nCOMMIT\n`);
}

const sometimes = (weight: number, arbitrary: Text): Text =>
  fc.oneof({ weight, arbitrary: fc.constant('') }, { weight: 1, arbitrary });

/** All tables; nat is what it is about. */
export function drawIptables(version: Version): Text {
  return fc
    .tuple(
      sometimes(3, table('raw', ['PREROUTING', 'OUTPUT'], version)),
      sometimes(1, table('mangle', ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'], version)),
      sometimes(3, table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], version)),
      fc.oneof(
        { weight: 1, arbitrary: table('nat', ['POSTROUTING'], version) },
        { weight: 2, arbitrary: table('nat', ['PREROUTING', 'POSTROUTING'], version) },
        { weight: 2, arbitrary: table('nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'], version) },
      ),
    )
    .map((tables) => tables.join(''));
}
