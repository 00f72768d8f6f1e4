/** The script for hosts on which we may run only that one: it lies there, and is told who asks. */
import { createHash } from 'node:crypto';
import { askingFunction, type Questions } from './script.ts';

/** A script that is installed on a host. */
export interface Installed {
  /** Where it lies there. */
  path: string;
  /** What the script of this version of ours calls itself. */
  identity: string;
}

export const DEFAULT_PATH = '/usr/local/sbin/twlint-collect';

/**
 * What it is told, in one line on its standard input. The boundary is drawn by us for this run: whoever wrote on the
 * host before can't know it. Nothing else of what may come there, as a password that was not needed, is taken for it.
 */
export function requestLine(
  boundary: string,
  scope: Questions['namespaces'],
  identity: string,
  seconds: number,
): string {
  return `${boundary} ${scope} ${identity} ${seconds}\n`;
}

/** `0.1.0-3f2a9c0d11e4`: the version, and a digest of all that the script asks. */
export function identityOf(questions: Questions, version: string): string {
  const body = askingFunction(questions, argumentsOf(version));
  return `${version}-${createHash('sha256').update(body).digest('hex').slice(0, 12)}`;
}

const argumentsOf = (identity: string) => ({
  boundary: '$1',
  scope: '$2',
  installed: `"${identity} $3"`,
  seconds: '$4',
});

/** The script, equal for equal questions, with what a reader needs to install it. */
export function installedScript(questions: Questions, version: string, path: string): string {
  const identity = identityOf(questions, version);
  return `#!/bin/sh
# twlint-collect of twlint ${version}: answers what twlint asks of a host, all of it, and does nothing else.
# It reads and never writes. It takes no arguments; of its standard input it takes one line: the boundary between its
# answers, drawn at random by who asks, which network namespaces to ask (all, init), the version that asks, and after
# how many seconds to ask no more.
#
# Install it so that only root can change it:
#   install -o root -g root -m 0755 twlint-collect ${path}
# Let a user run it as root, and nothing else (visudo -f /etc/sudoers.d/twlint):
#   audit ALL=(root) NOPASSWD: ${path} ""
# In the inventory:
#   ansible_user: audit
#   ansible_become: true
#   twlint_collect_command: ${path}
# And where the key is to be good for nothing else, in the authorized_keys of that user, in front of the key:
#   restrict,command="sudo -n ${path}"

${askingFunction(questions, argumentsOf(identity))}
while IFS=" " read -r boundary scope asker seconds rest; do
  random=\${boundary#twlint-}
  case "$boundary $scope $asker $seconds $rest" in
    "twlint-$random all $asker $seconds " | "twlint-$random init $asker $seconds ") ;;
    *) continue ;;
  esac
  case "$random" in *[!0-9a-f]*) continue ;; esac
  case "$asker" in *[!0-9A-Za-z.-]*) continue ;; esac
  case "$seconds" in "" | 0* | *[!0-9]* | ?????*) continue ;; esac
  [ "\${#random}" = 32 ] || continue
  twlint "$boundary" "$scope" "$asker" "$seconds"
  exit 0
done
echo "twlint-collect: nobody asked: is twlint_collect_command set for this host in the inventory?" >&2
exit 64
`;
}

/** What to do where it is missing, or of another version. */
export function installMessage(path: string): string {
  return `install this version's: twlint collect --print-script --install-as ${path}`;
}
