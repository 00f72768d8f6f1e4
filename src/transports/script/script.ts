import type { AtRest } from '../../define.ts';
import type { Become } from '../../model.ts';
import { enteringFunctions, namespaceFunctions, prelude } from './prelude.ts';

/** One probe, ready to be asked: its name (`counters.netstat`) and the sh that answers it. */
export interface Question {
  probe: string;
  ask: string;
  /** False: it reads $PROC_NET and nothing else, so another namespace need not be entered for it. */
  inside: boolean;
  /** How an image answers it instead. */
  atRest?: AtRest;
}

/** What to ask a host in one go. */
export interface Questions {
  host: Question[];
  netns: Question[];
  /** `init`: only the namespace that the login shell is in. */
  namespaces: 'all' | 'init';
}

/** Namespaces beyond this number are told, not asked. */
export const NAMESPACE_CAP = 256;

/** The frame that says why a namespace could not be asked. */
export const ENTERING = 'namespaces.enter';

/**
 * The one script a host is asked with. It reads and never writes; all of it is read before any of it runs, so a
 * connection that breaks while it is sent runs nothing.
 */
export function collectionScript(questions: Questions, boundary: string): string {
  const asking = askingFunction(questions, { boundary, scope: questions.namespaces, installed: '' });
  return `# twlint's collection script: reads, never writes; prints its answers between lines with a random boundary.
${asking}twlint
`;
}

/** What differs from run to run, as words of sh. */
interface Run {
  boundary: string;
  scope: string;
  /** For a script that was installed: whose it is, and who asks it. */
  installed: string;
}

/** The sh function `twlint`, which asks everything. */
export function askingFunction(questions: Questions, { boundary, scope, installed }: Run): string {
  return `LIB=${quoted(prelude)}
FINDING=${quoted(namespaceFunctions)}
ENTERING=${quoted(enteringFunctions)}

# asked once, of the host
HOST=${quoted(asks('h', questions.host))}
# asked of every network namespace, through /proc/PID/net
NETNS_PROC=${quoted(
    asks(
      'p',
      questions.netns.filter(({ inside }) => !inside),
    ),
  )}
# asked of every network namespace, from inside it
NETNS_INSIDE=${quoted(
    asks(
      'n',
      questions.netns.filter(({ inside }) => inside),
    ),
  )}

twlint() {
  B=${boundary} NS=- NF_TABLES= IP_SET= PROC_NET=/proc/net SCOPE=${scope} CAP=${NAMESPACE_CAP} OWN= INIT= INSTALLED=${installed}
  eval "$LIB$FINDING$ENTERING"
  NF_TABLES=$(in_kernel nf_tables nft_do_chain) IP_SET=$(in_kernel ip_set ip_set_test)
  NAMESPACES=$(find_namespaces 2>&1)
  FOUND=$?
  eval "$HOST"
  [ "$FOUND" = 0 ] || ask_here 0
  printf "%s\\n" "$NAMESPACES" | while read -r word inode path name; do
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
  printf "\\n%s .\\n" "$B"
}
`;
}

/** How the script becomes root's. */
export interface Becoming {
  become: Become | null;
  /** The first line of standard input is a password, for sudo. */
  withPassword: boolean;
  /** What takes our standard input: `sh`, or the path of an installed script. */
  program?: string;
}

/**
 * The command that runs the script. Where another user's rights are asked for and refused, the script runs without
 * them, and the refusal becomes evidence: a status of 1 is sudo's and doas's own, 126 and 127 say that there is none.
 */
export function shellCommand({ become, withPassword, program = 'sh' }: Becoming): string {
  if (become === null) return program;
  if (withPassword && become === 'sudo') return commandWithPassword;
  const asRoot = `{ why=$(printf "%s\\n" "$script" | ${become} -n ${program} 2>&1 >&3 3>&-); } 3>&1`;
  // an installed script may be kept from us, too: then the refusal is all there is to tell
  const tell = program === 'sh' ? '' : 'printf "%s\\n" "$why" >&2; ';
  const asOneself = `${tell}printf "%s\\n" "$script" | TWLINT_REFUSED="$why" ${program}`;
  return `sh -c 'script=$(cat); ${asRoot}; case $? in 1|126|127) ${asOneself} ;; esac'`;
}

/**
 * sudo has a standard input of its own with nothing but the password: one that is wrong is tried once, and one that
 * is not needed is never taken for a command. Root's shell opens the rest of ours, which a pipe makes possible. No
 * shell whose printf is a program gets to see the password, since arguments are public. `-k`: no ticket is left.
 */
const commandWithPassword = [
  "cat | sh -c 'IFS= read -r word",
  '[ "$(command -v printf)" = printf ] || word=',
  '{ why=$(printf "%s\\n" "$word" | sudo -k -S -p "" sh -c "exec sh </proc/$$/fd/0" 2>&1 >&3 3>&-); } 3>&1',
  `case $? in 1|2|126|127) word= TWLINT_REFUSED="$why" sh ;; esac'`,
].join('; ');

function asks(letter: string, questions: Question[]): string {
  return questions
    .map(({ probe, ask }, i) => `${letter}${i}() {\n${ask}\n}\nask ${probe} ${letter}${i}`)
    .join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}\n'`;
}
