/** Evaluates string literals of Python (Python 3.11, reference 2.4.1). */

/** `\n`, `\x41`, `\101`, `\u2022`, `\U0001f600`, and the end of a line, which stands for nothing. */
const ESCAPE =
  /\\(?:([abfnrtv\\'"])|\n|x([\da-fA-F]{2})|([0-7]{1,3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([xuUN]))/g;
const BYTES_ESCAPE = /\\(?:([abfnrtv\\'"])|\n|x([\da-fA-F]{2})|([0-7]{1,3})()()|(x))/g;

const NAMED: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The literal has its prefix and quotes. null: Python does not take it, or it names a character by `\N{...}`. */
export function pythonString(literal: string): string | null {
  const [, prefix = '', , body = ''] = /^([a-zA-Z]*)("""|'''|"|')([\s\S]*)\2$/.exec(literal) ?? [];
  const isBytes = /b/i.test(prefix);
  if (isBytes && /[^\0-\x7f]/.test(body)) return null;
  if (/r/i.test(prefix)) return body;
  let isBroken = false;
  const text = body.replace(
    isBytes ? BYTES_ESCAPE : ESCAPE,
    (_, named?: string, hex?: string, octal?: string, four?: string, eight?: string, broken?: string) => {
      if (broken !== undefined) isBroken = true;
      // biome-ignore lint/style/noNonNullAssertion: the expressions match these letters alone
      if (named !== undefined) return NAMED[named]!;
      const digits = hex ?? four ?? eight;
      const code = digits === undefined ? parseInt(octal ?? '', 8) : parseInt(digits, 16);
      if (code > 0x10ffff) isBroken = true;
      return Number.isNaN(code) || code > 0x10ffff ? '' : String.fromCodePoint(code);
    },
  );
  return isBroken ? null : text;
}
