import { namespaceFunctions, prelude } from './prelude.ts';

/** One probe, ready to be asked: its name (`counters.netstat`) and the sh that answers it. */
export interface Question {
  probe: string;
  ask: string;
}

/** What to ask a host in one go. */
export interface Questions {
  host: Question[];
  netns: Question[];
  /** `init`: only the namespace of the host itself. */
  namespaces: 'all' | 'init';
}

/** Namespaces beyond this number are told, not asked. */
export const NAMESPACE_CAP = 256;

/**
 * The one script a host is asked with. It reads and never writes; all of it is read before any of it runs, so a
 * connection that breaks while it is sent runs nothing.
 */
export function collectionScript(questions: Questions, boundary: string): string {
  return `# twlint's collection script: reads, never writes; prints its answers between lines with a random boundary.
LIB=${quoted(prelude)}

HOST=${quoted(asks(questions.host))}

NETNS=${quoted(asks(questions.netns))}

NAMESPACE_FUNCTIONS=${quoted(namespaceFunctions)}

twlint() {
  B=${boundary} NS=- NF_TABLES= PROC_NET=/proc/net SCOPE=${questions.namespaces} CAP=${NAMESPACE_CAP}
  eval "$LIB$NAMESPACE_FUNCTIONS"
  if nf_tables_present; then NF_TABLES=yes; else NF_TABLES=no; fi
  NAMESPACES=$(find_namespaces 2>&1)
  FOUND=$?
  eval "$HOST"
  printf "%s\\n" "$NAMESPACES" | while read -r word inode path name; do
    case "$word $inode" in
      "own "*) NS=$inode; eval "$NETNS"; OWN=$inode ;;
      "netns $OWN") ;;
      "netns "*) ask_inside "$inode" "$path" ;;
    esac
  done
  [ "$FOUND" = 0 ] || { NS=0; eval "$NETNS"; }
  printf "\\n%s .\\n" "$B"
}
twlint
`;
}

function asks(questions: Question[]): string {
  return questions.map(({ probe, ask }, i) => `q${i}() {\n${ask}\n}\nask ${probe} q${i}`).join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}\n'`;
}
