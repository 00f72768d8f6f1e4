import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nearest, throwIfAny, UserError } from '../../errors.ts';
import { FOR_RUNNERS, type FormatOptions, formats } from '../../formats/index.ts';
import { withoutLogCommandsIn } from '../../formats/log-commands.ts';
import type { Report } from '../../model.ts';
import { writeWhole } from '../../write.ts';
import type { World } from './world.ts';

/** A report in one format, to one place. */
export interface ReportOutput {
  format: string;
  /** The file to write; `-` is standard output. */
  path: string;
}

/** `-o sarif:out.sarif -o text:-`; without any, `--format` to standard output. What can't be written later is told now. */
export function parseOutputs(format: string, outputs: string[], cwd: string): ReportOutput[] {
  const parsed = outputs.length === 0 ? [{ format, path: '-' }] : outputs.map(parseOutput);
  const errors = parsed.filter((output) => !(output.format in formats)).map(unknownFormat);
  errors.push(...parsed.filter(({ path }) => path === '').map(noPath));
  const shared = parsed.find(
    ({ path }, i) => path !== '' && parsed.findIndex((other) => other.path === path) < i,
  );
  if (shared)
    errors.push(new UserError(`-o: two reports to ${shared.path === '-' ? 'standard output' : shared.path}`));
  errors.push(...parsed.flatMap((output) => noFolder(output, cwd)));
  throwIfAny(errors);
  return parsed;
}

function noFolder({ format, path }: ReportOutput, cwd: string): UserError[] {
  const folder = dirname(resolve(cwd, path));
  if (path === '' || path === '-' || existsSync(folder)) return [];
  return [new UserError(`-o ${format}:${path}: there is no folder ${folder}`)];
}

function parseOutput(text: string): ReportOutput {
  const colon = text.indexOf(':');
  return colon < 0
    ? { format: text, path: '-' }
    : { format: text.slice(0, colon), path: text.slice(colon + 1) };
}

const noPath = ({ format }: ReportOutput) =>
  new UserError(`-o ${format}: its file is missing`, {
    hint: `-o ${format}:FILE, or -o ${format} for standard output`,
  });

function unknownFormat({ format }: ReportOutput): UserError {
  const near = nearest(format, Object.keys(formats));
  return new UserError(`there is no format ${JSON.stringify(format)}`, {
    hint: `${near ? `did you mean ${near}? ` : ''}formats: ${Object.keys(formats).join(', ')}`,
  });
}

export async function writeOutputs(
  report: Report,
  outputs: ReportOutput[],
  options: Omit<FormatOptions, 'color'>,
  world: World,
): Promise<void> {
  const errors: UserError[] = [];
  // the reader of standard output may be gone, which ends the run
  for (const { format, path } of outputs.toSorted(
    (a, b) => Number(a.path === '-') - Number(b.path === '-'),
  )) {
    const color = path === '-' && world.out.color;
    // biome-ignore lint/style/noNonNullAssertion: parseOutputs knows every format
    const pieces = formats[format]!(report, { ...options, color });
    try {
      if (path === '-') await written(pieces, format, world);
      else
        writeWhole(resolve(world.cwd, path), FOR_RUNNERS.has(format) ? pieces : withoutLogCommandsIn(pieces));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  throwIfAny(errors);
}

/** Writes to standard output, which by itself leaves out what runners of CI act on. */
async function written(pieces: Iterable<string>, format: string, { out }: World): Promise<void> {
  if (FOR_RUNNERS.has(format) && out.writeCommands) await out.writeCommands(pieces);
  else await out.writeAll(pieces);
}
