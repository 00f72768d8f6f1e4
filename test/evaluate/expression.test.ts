import { describe, expect, it } from 'vitest';
import { t } from '../../src/define.ts';
import { grammar } from '../../src/evaluate/expression/expression.ts';

const types = {
  kernel: t.object({ release: t.string(), uptime: t.double() }),
  sysctl: t.map(t.any()),
  nat: t.object({ source: t.list(t.object({ target: t.string(), line: t.int(), to: t.list(t.string()) })) }),
  counters: t.object({ total: t.map(t.int()), sampled: t.bool() }),
};
const values = {
  kernel: { release: '3.10.0-1160.el7.x86_64', uptime: 12.5 },
  sysctl: { 'net.ipv4.ip_forward': 1, 'net.ipv4.ip_local_port_range': '32768 60999', constructor: 3 },
  nat: {
    source: [
      { target: 'MASQUERADE', line: 31, to: [] },
      { target: 'SNAT', line: 32, to: ['10.0.0.1', '10.0.0.2'] },
    ],
  },
  counters: { total: { TW: 94979, TWKilled: 960494, big: 9_007_199_254_740_991 }, sampled: false },
};

const { over, encode: encodeFact } = grammar(types);
const encode = (fact: string, value: unknown) => encodeFact(fact, { value });
const language = over(Object.keys(types));
const context = Object.fromEntries(
  Object.entries(values).map(([fact, value]) => [fact, encode(fact, value)]),
);

function compiled(text: string) {
  const result = language.compile(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join());
  return result.expression;
}

describe('values', () => {
  it.each([
    ["sysctl['net.ipv4.ip_forward'] == 1", true],
    ["sysctl['net.ipv4.ip_forward'] > 0", true],
    ["sysctl['net.ipv4.ip_forward'] + 1", 2],
    ["sysctl['net.ipv4.ip_forward'] == '1'", false],
    ["sysctl['net.ipv4.ip_local_port_range'] == '32768 60999'", true],
    ["sysctl['constructor']", 3],
    ["'toString' in sysctl", false],
    ["'__proto__' in sysctl", false],
    ['counters.total.TWKilled / counters.total.TW', 10],
    ["counters.total['TWKilled'] > 2 * counters.total['TW']", true],
    ['counters.total.big', 9_007_199_254_740_991],
    ['kernel.uptime', 12.5],
    ['kernel.uptime > 12.0', true],
    ['size(nat.source)', 2],
    ["nat.source.filter(rule, rule.target == 'SNAT').map(rule, rule.line)", [32]],
    ['nat.source.map(rule, rule.to)', [[], ['10.0.0.1', '10.0.0.2']]],
    ["nat.source[1].to.exists(address, address == '10.0.0.2')", true],
    ['nat.source[0].line + counters.total.TW', 95010],
    ['kernel.before("4.12")', true],
    ['kernel.atLeast("3.10")', true],
    ['kernel.vendor("el7")', true],
    ['kernel.vendor("el8")', false],
    ["kernel.release.matches('^3[.]10[.]0-[0-9]+[.]el7')", true],
    ['cel.bind(n, size(nat.source), n * n)', 4],
  ])('%s', (text, expected) => {
    expect(compiled(text).evaluate(context)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['counters.total.nothing', 'there is no nothing'],
    ['nat.source[7].line == 1', /index out of bounds/],
    ["sysctl['net.ipv4.ip_local_port_range'] > 1", /no such overload/],
    ['counters.total.TW / (counters.total.TW - 94979)', /zero/],
  ])('%s is not known', (text, reason) => {
    expect(compiled(text).evaluate(context)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('does not guess a release', () => {
    const odd = { ...context, kernel: encode('kernel', { release: 'custom', uptime: 1 }) };
    expect(compiled('kernel.before("4.12")').evaluate(odd)).toEqual({
      ok: false,
      reason: expect.stringMatching(/custom/),
    });
  });

  it.each([
    ['counters', { total: { TW: 1.5 }, sampled: true }],
    ['counters', { total: { TW: '1' }, sampled: true }],
    ['counters', { total: [], sampled: true }],
    ['counters', { total: {} }],
    ['nat', { source: [{ target: 'SNAT', line: 1 }] }],
    ['sysctl', null],
  ])('%s %j is refused', (fact, value) => {
    expect(() => encode(fact, value)).toThrow(/ is not /);
  });
});

describe('reads', () => {
  it.each([
    ["sysctl['a.b'] == 1 && 'c' in sysctl", ['sysctl a.b', 'sysctl c']],
    ['counters.total.TW > counters.total["TW"]', ['counters total TW']],
    ['size(nat.source) > 0', ['nat source']],
    ["nat.source.exists(rule, 'x' in sysctl && rule.line > 1)", ['nat source', 'sysctl x']],
    ['sysctl.all(key, sysctl[key] == 1)', ['sysctl *']],
    ['counters.total.exists(key, key == "TW")', ['counters total *']],
    ['kernel.before("4.12")', ['kernel release']],
    ['cel.bind(n, counters.total.TW, n > 1)', ['counters total TW']],
    ['[kernel.release] == [nat.source[0].target]', ['kernel release', 'nat source']],
    ['{"a": kernel.release}["a"] == ""', ['kernel release']],
    [
      'counters.sampled ? counters.total.a == 1 : !(counters.total.b == -counters.total.c)',
      ['counters sampled', 'counters total a', 'counters total b', 'counters total c'],
    ],
    ['true', []],
  ])('%s', (text, expected) => {
    const reads = compiled(text).reads.map(({ fact, keys: words, whole }) =>
      [fact, ...words, ...(whole ? ['*'] : [])].join(' '),
    );
    expect(reads).toEqual(expected);
  });
});

const TOO_MANY_STEPS = 'it takes more than 5,000,000 steps: what it looks at is too large';

describe('time', () => {
  it('two facts that are too large to be compared with each other are not', () => {
    const rule = { target: 'SNAT', line: 1, to: [] };
    const large = { ...context, nat: encode('nat', { source: Array.from({ length: 30_000 }, () => rule) }) };
    const { evaluate } = compiled('nat.source.exists(a, nat.source.exists(b, a.line > b.line))');
    expect(evaluate(context)).toEqual({ ok: true, value: true });
    expect(evaluate(large)).toEqual({
      ok: false,
      reason: 'it would compare 30000 entries of nat.source with 30000 of nat.source',
    });
    expect(compiled('nat.source.all(a, a.to.all(b, b != ""))').evaluate(large).ok).toBe(true);
  });

  const long = (release: string) => ({ ...context, kernel: encode('kernel', { release, uptime: 1 }) });

  it.each([
    ["kernel.release.matches('a*a*b')", 'it takes more than 1 s'],
    ["kernel.release.matches('.*,.*x')", 'it takes more than 1 s'],
    ["kernel.release.split('').exists(a, kernel.release.split('').exists(b, a + b == '-'))", TOO_MANY_STEPS],
    [Array(100).fill('kernel.release').join(' + ').concat(" == ''"), TOO_MANY_STEPS],
  ])('what a long text makes of %.70s is told', (text, reason) => {
    const hostile = long(`${'a,'.repeat(50_000)}${'a'.repeat(6_000_000)}`);
    expect(compiled(text).evaluate(hostile)).toEqual({
      ok: false,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  // each is within the limits of its text: what it costs, the host says
  const tripled = Array(12).fill('.map(text, text + text + text)').join('');
  const tenfold = (name: string) => `[${Array(10).fill(name).join(', ')}]`;
  const nested = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].reduceRight(
    (inner, name, i, names) => `cel.bind(${name}, ${tenfold(names[i - 1] ?? '1')}, ${inner})`,
    'h',
  );
  it.each([
    'nat.source.exists(rule, size(nat.source + nat.source) < 0)',
    'nat.source.exists(rule, rule in nat.source && rule.line < 0)',
    'nat.source.exists(rule, rule.line in nat.source.map(other, other.line) && rule.line < 0)',
    'nat.source.exists(rule, [nat.source] != [nat.source + []])',
    'nat.source.exists(rule, nat.source + [] != nat.source + [])',
    'nat.source.all(rule, sysctl.all(key, true))',
    'nat.source.map(rule, rule.target)TRIPLED.size() > 0',
    "nat.source.map(rule, rule.target)TRIPLED.join(',') == ''",
    'nat.source.map(rule, kernel.release + rule.target).size() > 0',
    'nat.source.exists(rule, kernel.release.contains("aaaaaaaaaaab"))',
    'nat.source.exists(rule, kernel.release.lowerAscii() == "")',
    'nat.source.exists(rule, kernel.release.indexOf(kernel.release + "b") > 0)',
    'nat.source.exists(rule, kernel.release.split("a").size() < 0)',
    'nat.source.exists(rule, size(kernel.release) < 0) || nat.source.exists(rule, rule.line >= 0)',
    'nat.source.exists(rule, size(kernel.release) < 0) ? true : true',
    nested,
  ])('%s ends when its steps are used up', { timeout: 60_000 }, (written) => {
    const source = Array.from({ length: 20_000 }, (_, line) => ({ target: 'MASQUERADE', line, to: [] }));
    const settings = Object.fromEntries(source.map(({ line }) => [`net.${line}`, 1]));
    const large = {
      ...long('a'.repeat(100_000)),
      nat: encode('nat', { source }),
      sysctl: encode('sysctl', settings),
    };
    const reason = expect.stringMatching(/^it takes more than 5,000,000 steps|^it would compare/);
    expect(compiled(written.replace('TRIPLED', tripled)).evaluate(large)).toEqual({ ok: false, reason });
  });

  it('what is asked of each of a hundred thousand rules is told', () => {
    const source = Array.from({ length: 100_000 }, (_, line) => ({ target: 'MASQUERADE', line, to: [] }));
    const large = { ...context, nat: encode('nat', { source }) };
    const text = 'nat.source.exists(rule, rule.target.contains("SNAT") || rule.target.startsWith("DNAT"))';
    expect(compiled(text).evaluate(large)).toEqual({ ok: true, value: false });
  });

  it('one subject takes nothing from the next', () => {
    const { evaluate } = compiled("nat.source.all(rule, rule.target != '')");
    for (let i = 0; i < 3; i++) expect(evaluate(context)).toEqual({ ok: true, value: true });
  });

  it('and on a short one they give what they give', () => {
    expect(compiled("kernel.release.matches('a*a*b')").evaluate(long('aab'))).toEqual({
      ok: true,
      value: true,
    });
  });
});
