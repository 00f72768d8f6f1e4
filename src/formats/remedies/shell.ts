import type { HostRemedies, Remedies, SettingChange } from '../../evaluate/remedies/remedy.ts';
import { settingCommand, shellWord } from '../arrange.ts';
import { printable } from '../printable.ts';
import {
  bootFilesOf,
  isDecided,
  lineOf,
  MARK,
  namePattern,
  needsOwnFolder,
  OWN_FILE,
  OWN_FOLDER,
  OWN_MODULES_FILE,
} from './boot-file.ts';
import { imageComments } from './image-lines.ts';
import { headerLines, hostHeading } from './remedy-text.ts';
import { comments, hostLines, type Writer } from './steps.ts';

/**
 * Writes one script for all hosts: it applies the remedies of the host that it is given, or takes them back, and does
 * nothing without one.
 */
export function shell(remedies: Remedies): string {
  const hosts = remedies.hosts.filter(({ image }) => !image);
  const images = remedies.hosts.filter(({ image }) => image);
  const head = [
    '#!/bin/sh',
    ...comments(headerLines(remedies)),
    ...(hosts.length > 0
      ? comments(['On each host, as root: sh THIS-FILE HOST', 'To undo all of it: sh THIS-FILE HOST undo'])
      : []),
    ...images.flatMap((host) => ['', ...imageComments(host)]),
  ];
  const body =
    hosts.length === 0
      ? []
      : [FUNCTIONS, 'case "$1:$2" in', ...hosts.flatMap(branches), ...otherwise(hosts), 'exit "$failed"'];
  return `${[...head, ...body].join('\n')}\n`;
}

/**
 * The functions that do it. A value that the kernel refuses is kept nowhere. Files are written in place, since some of
 * sysctl.d are links.
 */
const FUNCTIONS = `
set -u -- "\${1-}" "\${2-}"
failed=0
fail() { printf '%s\\n' "$*" >&2; failed=1; }
# edit FILE SED-COMMAND
edit() {
  [ -f "$1" ] || return 0
  new=$(sed "$2" "$1" && echo .) && printf '%s' "\${new%.}" >"$1" || fail "$1 could not be changed"
}
# add LINE FILE: once
add() { grep -Fqsx -e "$1" "$2" || printf '%s\\n' "$1" >>"$2" || fail "$2 could not be written"; }
drop_if_empty() { [ -s "$1" ] || rm -f "$1"; }
# put_out PATTERN FILE, put_back PATTERN FILE: puts the lines that set it out of force, and into force again
put_out() { edit "$2" "s|^[[:blank:]]*-\\{0,1\\}[[:blank:]]*$1[[:blank:]]*=|${MARK}&|"; }
put_back() { edit "$2" "s|^${MARK}\\([[:blank:]]*-\\{0,1\\}[[:blank:]]*$1[[:blank:]]*=\\)|\\1|"; }
# forget PATTERN: takes our own line out
forget() { edit ${OWN_FILE} "\\|^-\\{0,1\\}$1 = |d"; drop_if_empty ${OWN_FILE}; }
load() {
  [ -d "/sys/module/$1" ] || modprobe "$1" || { fail "$1 could not be loaded: it is not named in ${OWN_MODULES_FILE}"; return 0; }
  grep -Fqsx -e "$1" /etc/modules /etc/modules-load.d/*.conf || add "$1" ${OWN_MODULES_FILE}
}
unload() { edit ${OWN_MODULES_FILE} "/^$1\\$/d"; drop_if_empty ${OWN_MODULES_FILE}; }
`;

function branches(host: HostRemedies): string[] {
  return [
    `${quoted(`${printable(host.host)}:`)})   # ${hostHeading(host)}`,
    ...(needsOwnFolder(host) ? [`  mkdir -p ${OWN_FOLDER}`, ''] : []),
    ...hostLines(host, '  ', APPLY),
    '  ;;',
    `${quoted(`${printable(host.host)}:undo`)})`,
    ...undoLines(host).map((line) => `  ${line}`),
    '  ;;',
    '',
  ];
}

const APPLY: Writer = {
  module: (name) => [`load ${shellWord(name)}`],
  setting(setting) {
    const { key } = setting;
    const { edited, kept } = bootFilesOf(setting);
    const files = [
      ...edited.map((file) => `  ${putOut(file, setting)}`),
      ...(kept
        ? [`  forget ${shellWord(namePattern(key))}`, `  add ${quoted(lineOf(setting))} ${OWN_FILE}`]
        : []),
    ];
    const now = settingCommand(key, setting.value);
    const refused = `fail ${quoted(`${key} could not be set: nothing is kept of it`)}`;
    return files.length === 0
      ? [`${now} || ${refused}`]
      : [`if ${now}; then`, ...files, 'else', `  ${refused}`, 'fi'];
  },
  removal: (file, setting) => [putOut(file, setting)],
};

const putOut = (file: string, { key }: SettingChange): string =>
  `put_out ${shellWord(namePattern(key))} ${shellWord(file)}`;

/** A host's words end in the script only where no letter of them means anything. */
const PLAIN = /^[\w.,:/ -]*$/;

function undoLines({ steps }: HostRemedies): string[] {
  const settings = steps.flatMap((step) => step.settings).filter(isDecided);
  const lines = settings.toReversed().flatMap((setting) => {
    const { key, value, now } = setting;
    const { edited, kept } = bootFilesOf(setting);
    const pattern = shellWord(namePattern(key));
    return [
      ...(kept ? [`forget ${pattern}`] : []),
      ...edited.map((file) => `put_back ${pattern} ${shellWord(file)}`),
      ...(value === null ? [] : [setBack(key, now)]),
    ];
  });
  const modules = steps.flatMap((step) => step.modules).map((name) => `unload ${shellWord(name)}`);
  return lines.length + modules.length === 0 ? [':'] : [...lines, ...modules];
}

const setBack = (key: string, now: SettingChange['now']): string =>
  now.ok && PLAIN.test(now.value)
    ? `${settingCommand(key, now.value)} || fail ${quoted(`${key} could not be set`)}`
    : `fail ${quoted(`what ${key} was is not known`)}`;

function otherwise(hosts: readonly HostRemedies[]): string[] {
  const names = hosts.map(({ host }) => printable(host)).join(', ');
  const question = quoted(`which host? one of: ${names}`);
  return ['*)', `  printf '%s\\n' ${question} >&2`, '  exit 2', '  ;;', 'esac'];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
