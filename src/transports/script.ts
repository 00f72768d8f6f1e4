import { enteringFunctions, namespaceFunctions, prelude } from './prelude.ts';

/** One probe, ready to be asked: its name (`counters.netstat`) and the sh that answers it. */
export interface Question {
  probe: string;
  ask: string;
  /** False: it reads $PROC_NET and nothing else, so another namespace need not be entered for it. */
  inside: boolean;
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
  return `# twlint's collection script: reads, never writes; prints its answers between lines with a random boundary.
LIB=${quoted(prelude)}
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
  B=${boundary} NS=- NF_TABLES= PROC_NET=/proc/net SCOPE=${questions.namespaces} CAP=${NAMESPACE_CAP} OWN= INIT=
  eval "$LIB$FINDING$ENTERING"
  if nf_tables_present; then NF_TABLES=yes; else NF_TABLES=no; fi
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
twlint
`;
}

/**
 * The command that runs the script. Where another user's rights are asked for and refused, the script runs without
 * them, and the refusal becomes evidence.
 */
export function shellCommand(become: 'sudo' | 'doas' | null): string {
  if (become === null) return 'sh';
  const asRoot = `{ why=$(printf "%s\\n" "$script" | ${become} -n sh 2>&1 >&3 3>&-); } 3>&1`;
  const asOneself = 'printf "%s\\n" "$script" | TWLINT_REFUSED="$why" sh';
  return `sh -c 'script=$(cat); ${asRoot}; [ $? != 1 ] || ${asOneself}'`;
}

function asks(letter: string, questions: Question[]): string {
  return questions
    .map(({ probe, ask }, i) => `${letter}${i}() {\n${ask}\n}\nask ${probe} ${letter}${i}`)
    .join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}\n'`;
}
