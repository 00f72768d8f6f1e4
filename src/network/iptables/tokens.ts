/**
 * Tokens and options of a rule as iptables-save prints it. Quoting is that of iptables-restore (iptables 1.8.9,
 * iptables/xshared.c: add_param_to_argv, and libxtables/xtables.c: xtables_save_string).
 */

/** An option and its arguments: `! --dport 80`. */
export interface Option {
  /** The match or target it belongs to (`-m tcp`, `-j SNAT`); '' before the first of them. */
  module: string;
  /** The name as written: `-s`, `--dport`. */
  name: string;
  not: boolean;
  args: string[];
}

/** Splits a line at spaces; double quotes hold a token together, a backslash in them keeps the next character. */
export function tokenize(line: string): string[] {
  const result: string[] = [];
  let token = '';
  let begun = false;
  let at = 0;
  const end = () => {
    if (begun) result.push(token);
    [token, begun] = ['', false];
  };
  while (at < line.length) {
    const char = line.charCodeAt(at);
    if (char === SPACE || char === TAB) {
      end();
      at++;
    } else if (char === QUOTE) {
      const close = closingQuote(line, at);
      const inside = line.slice(at + 1, close);
      token += inside.includes('\\') ? inside.replace(/\\(.)/g, '$1') : inside;
      begun = true;
      at = close + 1;
    } else {
      const from = at;
      while (at < line.length && !isBreak(line.charCodeAt(at))) at++;
      token += line.slice(from, at);
      begun = true;
    }
  }
  end();
  return result;
}

const SPACE = 32;
const TAB = 9;
const QUOTE = 34;
const BACKSLASH = 92;
const isBreak = (char: number) => char === SPACE || char === TAB || char === QUOTE;

function closingQuote(line: string, open: number): number {
  for (let at = open + 1; at < line.length; at++) {
    const char = line.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at;
  }
  throw new Error(`a quote is not closed: ${line}`);
}

/** Prints the line that `tokenize` splits into these. */
export function printTokens(list: readonly string[]): string {
  return list
    .map((token) => (/^[^\s"'\\]+$/.test(token) ? token : `"${token.replace(/["'\\]/g, '\\$&')}"`))
    .join(' ');
}

/** Options whose argument is free text and may look like an option. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--string',
  '--hex-string',
  '--name',
  '--bytecode',
  '--u32',
]);

/** Groups words to options. `-s ! 10.0.0.1` is how iptables before 1.4.3 wrote `! -s 10.0.0.1`. */
export function options(list: readonly string[]): Option[] {
  const result: Option[] = [];
  let module = '';
  for (let i = 0; i < list.length; ) {
    const not = list[i] === '!';
    const name = list[not ? ++i : i];
    if (name === undefined || !name.startsWith('-'))
      throw new Error(`expected an option, found ${name ?? '!'}`);
    const option: Option = { module, name, not, args: [] };
    i++;
    const next = list[i + 1];
    if (list[i] === '!' && next !== undefined && !isOption(next)) {
      option.not = true;
      i++;
    }
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    if (FREE_TEXT.has(name) && i < list.length) option.args.push(list[i++]!);
    // biome-ignore lint/style/noNonNullAssertion: i is below length
    else while (i < list.length && list[i] !== '!' && !isOption(list[i]!)) option.args.push(list[i++]!);
    if (
      name === '-m' ||
      name === '-j' ||
      name === '-g' ||
      name === '--match' ||
      name === '--jump' ||
      name === '--goto'
    ) {
      module = option.args[0] ?? '';
      option.module = module;
    }
    result.push(option);
  }
  return result;
}

/** `-5` is a number. */
const isOption = (token: string) =>
  token.charCodeAt(0) === DASH &&
  token.length > 1 &&
  !(token.charCodeAt(1) >= ZERO && token.charCodeAt(1) <= NINE);

const DASH = 45;
const ZERO = 48;
const NINE = 57;

/** The words that `options` groups to these. */
export function optionTokens(list: readonly Option[]): string[] {
  return list.flatMap(({ not, name, args }) => [...(not ? ['!'] : []), name, ...args]);
}
