import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from 'sarif';
import { temporaryFolder } from '../temporary.ts';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Microsoft's SARIF Multitool: a program of its own, which npm brings for the platform it installs on. */
export const multitoolFolder = join(modules, `@microsoft/sarif-multitool-${process.platform}`);
const program = join(multitoolFolder, 'Sarif.Multitool');

/** Why it can't run here, or null. Its absence is a failure where nothing may be skipped. */
export const multitoolIsMissing =
  existsSync(program) || process.env.TWLINT_CI === '1' ? null : `npm installed none for ${process.platform}`;

/** What the multitool's own and its GitHub rules call an error in a log. */
export function multitoolErrors(sarif: string): string[] {
  const folder = temporaryFolder('multitool');
  try {
    const [log, report] = [join(folder, 'log.sarif'), join(folder, 'report.sarif')];
    writeFileSync(log, sarif);
    chmodSync(program, 0o755); // npm's install script does this, where scripts run
    execFileSync(
      program,
      [
        'validate',
        log,
        '--rule-kind',
        'Sarif;Ghas',
        '--level',
        'Error;Warning;Note',
        '-o',
        report,
        '--log',
        'ForceOverwrite',
      ],
      { stdio: 'ignore', env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' } },
    );
    return errorsOf(JSON.parse(readFileSync(report, 'utf8')) as Log);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The exit status is 0 whatever it finds, so the report is read; a rule that could not run is an error too. */
function errorsOf({ runs: [run] }: Log): string[] {
  const failures = (run?.results ?? [])
    .filter(({ level }) => level === 'error')
    .map(({ ruleId, message }) => `${ruleId} ${message.id} ${message.arguments?.join(' ')}`);
  const broken = (run?.invocations ?? [])
    .flatMap((invocation) => invocation.toolExecutionNotifications ?? [])
    .filter(({ level }) => level === 'error')
    .map(({ message }) => message.text ?? 'a rule failed');
  return [...failures, ...broken];
}
