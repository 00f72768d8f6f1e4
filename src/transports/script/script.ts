import type { AtRest, Probe } from '../../define.ts';
import type { Become } from '../../model.ts';
import { onceFor } from '../../once-for.ts';
import { enteringFunctions } from './entering.ts';
import { hostPrelude, insidePrelude, namespaceFunctions } from './prelude.ts';
import { boundedFunction, watchdogFunctions } from './watchdog.ts';

/** One probe, ready to be asked: its name (`counters.netstat`) and the sh that answers it. */
export interface Question
  extends Pick<Probe, 'ask' | 'inside' | 'reading' | 'conf' | 'ip' | 'needed' | 'idle' | 'first' | 'known'> {
  probe: string;
  /** The answer of an image instead. */
  atRest?: AtRest;
}

/** The questions for a host in one go. */
export interface Questions {
  host: Question[];
  netns: Question[];
  /** The namespaces; `init`: only the one that the login shell is in. */
  namespaces: 'all' | 'init';
}

/** The most namespaces that are asked; those beyond this number are only reported. */
export const NAMESPACE_CAP = 256;

/** The frame with the reason why a namespace could not be asked. */
export const ENTERING = 'namespaces.enter';

/**
 * The first line of a script that comes by a pipe. bash reads that byte by byte, a call of the kernel each, since what follows
 * might be for a program that it starts: so it is given all of it at once.
 */
const TAKEN_WHOLE = 'case $BASH_VERSION in ?*) eval "$(cat)" ;; esac';

/**
 * The one script a host is asked with. It reads and never writes; all of it is read before any of it runs, so a
 * connection that breaks while it is sent runs nothing. After so many seconds it asks no more.
 */
export function collectionScript(questions: Questions, boundary: string, seconds = 50): string {
  const run = { boundary, scope: questions.namespaces, installed: '', seconds: `${seconds}` };
  const asking = askingFunction(questions, run);
  return `# twlint's collection script: reads, never writes; prints its answers between lines with a random boundary.
${TAKEN_WHOLE}
${asking}twlint
`;
}

/** The part of `ask_all` that asks each namespace. */
const ASK_NAMESPACES = `  printf "%s\\n" "$NAMESPACES" 8>&- | {
    begin_asking
    while read -r word inode path name; do
      case $word in
        init) INIT=$inode ;;
        own)
          OWN=$inode
          ask_here "$OWN"
          [ "$INIT" = "$OWN" ] || [ "$SCOPE" = init ] || ask_there "$INIT" /proc/1/ns/net
          ;;
        netns) [ "$inode" = "$OWN" ] || ask_there "$inode" "$path" ;;
      esac
    done
  }
`;

/** The parts that differ from run to run, as tokens of sh. */
interface Run {
  boundary: string;
  scope: string;
  /** The identity of a script that was installed, and who asks it. */
  installed: string;
  seconds: string;
}

/** The status of a shell that the script can't run in, since its printf is a program: arguments are public in `ps`. */
export const NO_PRINTF = 213;
const needsPrintf = `PATH=/dev/null printf "" 2>/dev/null || { readlink /proc/$$/exe; exit ${NO_PRINTF}; }`;

/**
 * Returns the fallback for the shell that has tried to run the script as root: the command for where that was refused.
 */
const orElse = (command: string, more = '') =>
  `code=$?; case $code in 1|${more}126|127) ${command} ;; *) exit $code ;; esac`;

/** Returns the sh function `twlint`, which asks everything. */
export function askingFunction(questions: Questions, { boundary, scope, installed, seconds }: Run): string {
  return `${functions(questions)}
twlint() {
  ${needsPrintf}
  B=${boundary} NS=- NODE= RELEASE= MACHINE= KERNEL= BATCH=yes GREP= LISTED= LOOKED= PLAIN= PROC_NET=/proc/net SCOPE=${scope} CAP=${NAMESPACE_CAP} OWN= INIT= INSTALLED=${installed}
  DEADLINE=${seconds} ASKERS= LATE=
  eval "$INSIDE$LIB$FINDING$ENTERING$WATCHING"
  bounded 2>/dev/null
  { { exec 8>&1 >&4 4>&-; ask_all; } | watch 2>/dev/null 4>&- | heart 2>/dev/null >&4 4>&-; } 4>&1
}
`;
}

/** Returns what it is made of, which is the same for all hosts. */
const functions = onceFor(
  (questions: Questions): string =>
    `WHOLE=${quoted(TAKEN_WHOLE)}
INSIDE=${quoted(insidePrelude)}
LIB=${quoted(hostPrelude)}
FINDING=${quoted(namespaceFunctions)}
ENTERING=${quoted(enteringFunctions)}
WATCHING=${quoted(watchdogFunctions)}

# asked once, of the host
HOST=${quoted(asks('h', questions.host))}
# asked of every network namespace, from inside it
NETNS=${quoted(asks('n', questions.netns))}
# asked through /proc/PID/net of one that can not be entered
NETNS_PROC=${quoted(
      asks(
        'p',
        questions.netns.filter(({ inside }) => !inside),
      ),
    )}

ask_all() {
  begin_asking
  { exec 7>&8 8>&- >/dev/null 2>&1; clock; } &
  echo "clock $!" >&8
  timed
  about_machine "$(uname -nrm 2>/dev/null)"
${needsKernel(questions) ? '  timed\n  KERNEL=$(look_into_kernel && printf "%s" "$KERNEL")\n  [ "$CUT" = 137 ] || KERNEL=\n' : ''}\
  timed
  NAMESPACES=$(find_namespaces 2>&1)
  FOUND=$?
  [ "$CUT" = 137 ] || FOUND=$CUT
  [ "$FOUND" != 0 ] || LISTED=$NAMESPACES
  eval "$HOST"
  [ "$FOUND" = 0 ] || ask_here 0
${questions.netns.length === 0 ? '' : ASK_NAMESPACES}  printf "\\n%s .\\n" "$B"
  echo done >&8
}

${boundedFunction}
`,
);

/** The means by which the script becomes root's. */
export interface Becoming {
  become: Become | null;
  /** True when the first line of standard input is a password, for sudo. */
  withPassword: boolean;
  /** The program that takes our standard input: `sh`, or the path of an installed script. */
  program?: string;
}

/**
 * Returns the command that runs the script. Where another user's rights are asked for and refused, the script runs
 * without them, and the refusal becomes evidence: a status of 1 is sudo's and doas's own, 126 and 127 mean that there
 * is none.
 */
export function shellCommand({ become, withPassword, program = 'sh' }: Becoming): string {
  if (become === null) return program;
  if (withPassword && become === 'sudo') return commandWithPassword;
  const asRoot = `{ why=$(printf "%s\\n" "$script" | ${become} -n ${program} 2>&1 >&3 3>&-); } 3>&1`;
  // an installed script may be kept from us, too: then the refusal is all there is to report
  const tell = program === 'sh' ? '' : 'printf "%s\\n" "$why" >&2; ';
  const asOneself = `${tell}printf "%s\\n" "$script" | TWLINT_REFUSED="$why" ${program}`;
  return `sh -c '${needsPrintf}; script=$(cat); ${asRoot}; ${orElse(asOneself)}'`;
}

/**
 * The command for a sudo with a password. It has a standard input of its own with nothing but the password: one that is
 * wrong is tried once, and one that is not needed is never taken for a command. Root's shell opens the rest of ours,
 * which a pipe makes possible. `-k`: no ticket is left.
 */
const commandWithPassword = [
  `cat | sh -c '${needsPrintf}`,
  'IFS= read -r word',
  '{ why=$(printf "%s\\n" "$word" | sudo -k -S -p "" sh -c "exec sh </proc/$$/fd/0" 2>&1 >&3 3>&-); } 3>&1',
  `${orElse('word= TWLINT_REFUSED="$why" sh', '2|')}'`,
].join('; ');

/** Tells whether a question depends on what the kernel has: looking is not free. */
function needsKernel({ host, netns }: Questions): boolean {
  return [...host, ...netns].some(({ ask }) => /\b(?:in_kernel|need_nf_tables)\b/.test(ask));
}

/** Returns sh that asks: what can be answered together first, by one program. */
function asks(letter: string, questions: Question[]): string {
  const named = questions.map((question, i) => ({ question, name: `${letter}${i}` }));
  const linesOf = (wanted: (question: Question) => boolean, lines: typeof askLine) =>
    named.filter(({ question }) => wanted(question)).map(({ question, name }) => lines(question, name));
  const parts = linesOf(({ reading }) => reading !== undefined, partLines);
  // ip does not separate what it prints: each is told by its place
  const byIp = IP_ORDER.flatMap((kind) => linesOf(({ ip }) => ip?.kind === kind, ipLine));
  return [
    ...named.map(({ question, name }) => `${name}() {\n${question.ask}\n}`),
    ...parts,
    ...(parts.length > 0 ? ['ask_parts'] : []),
    ...byIp,
    ...(byIp.length > 0 ? ['ask_ip'] : []),
    ...lookingAt(questions.flatMap(({ conf }) => conf ?? [])),
    ...new Set(questions.flatMap(({ first }) => first ?? [])),
    ...linesOf(({ reading, ip }) => reading === undefined && ip === undefined, askLine),
  ].join('\n');
}

/** Returns sh that looks once at the files that several are going to read. */
function lookingAt(confs: NonNullable<Probe['conf']>[]): string[] {
  const joined = (key: 'folders' | 'files') => confs.flatMap((conf) => conf[key]).join(' ');
  return confs.length > 1 ? [`look_at_files "${joined('folders')}" "${joined('files')}"`] : [];
}

const IP_ORDER = ['links', 'peers', 'rules', 'routes'] as const;

function ipLine({ probe, ip, needed }: Question, name: string): string {
  const { kind = '', family = '', command = '' } = ip ?? {};
  const line = `by_ip ${probe} ${name} ${kind} ${family} "${command}"`;
  if (needed === undefined) return line;
  const { path, reason } = needed;
  return `if [ ! -e ${path} ] && lacks ${path}; then tell ${probe} 210 "${reason}"; else ${line}; fi`;
}

function partLines(question: Question, name: string): string {
  const { probe, reading, needed } = question;
  switch (reading?.kind) {
    case 'file':
      return `part ${probe} ${name} "${reading.reason}" ${reading.paths.join(' ')}`;
    case 'files': {
      const { folder, list, relative } = reading;
      const { path = '/', reason = '' } = needed ?? {};
      const kind = relative ? 'below' : 'rows';
      return `${name}_list() {\n${list}\n}\npart_of ${probe} ${name} "${reason}" ${path} ${kind} ${folder} ${name}_list`;
    }
    case undefined:
      return askLine(question, name);
  }
}

function askLine({ probe, needed, idle, known }: Question, name: string): string {
  const line =
    needed === undefined
      ? `ask ${probe} ${name}`
      : `needs ${probe} ${name} ${needed.path} "${needed.reason}"`;
  if (known !== undefined) return `if [ -n "$${known}" ]; then say ${probe} "$${known}"; else ${line}; fi`;
  if (idle !== undefined)
    return `if ${idle.test}; then ${'text' in idle ? `say ${probe} "${idle.text}"` : `tell ${probe} 210 "${idle.absent}"`}; else ${line}; fi`;
  return line;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}\n'`;
}
