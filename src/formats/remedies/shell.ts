import type { HostRemedies, Remedies } from '../../evaluate/remedies/remedy.ts';
import { settingCommand } from '../arrange.ts';
import { printable } from '../printable.ts';
import { fileFor, needsOwnFolder, OWN_FOLDER } from './boot-file.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type ResolvedSetting } from './steps.ts';

/** Writes one script for all hosts: it applies the remedies of the host that it is given, and nothing without one. */
export function shell(remedies: Remedies): string {
  const { hosts } = remedies;
  const head = [
    '#!/bin/sh',
    ...comments(headerLines(remedies)),
    ...(hosts.length > 0 ? comments(['On each host, as root: sh THIS-FILE HOST']) : []),
  ];
  const body = hosts.length === 0 ? [] : ['', 'case "$1" in', ...hosts.flatMap(branch), ...otherwise(hosts)];
  return `${[...head, ...body].join('\n')}\n`;
}

function branch(host: HostRemedies): string[] {
  return [
    `${quoted(printable(host.host))})   # ${hostHeading(host)}`,
    ...(needsOwnFolder(host) ? [`  mkdir -p ${OWN_FOLDER}`, ''] : []),
    ...hostLines(host, '  ', set),
    '  ;;',
    '',
  ];
}

function set(setting: ResolvedSetting): string[] {
  const { key, value } = setting;
  return [settingCommand(key, value), `printf '%s\\n' ${quoted(`${key} = ${value}`)} >>${fileFor(setting)}`];
}

function otherwise(hosts: readonly HostRemedies[]): string[] {
  const names = hosts.map(({ host }) => printable(host)).join(', ');
  const question = quoted(`which host? one of: ${names}`);
  return ['*)', `  printf '%s\\n' ${question} >&2`, '  exit 2', '  ;;', 'esac'];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
