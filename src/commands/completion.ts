import { UserError } from '../errors.ts';
import { defineCommand } from './lib/command.ts';
import { COMPLETE } from './lib/completions.ts';
import { exit } from './lib/world.ts';

/** Scripts for a shell's start file: each asks twlint itself what may come next, a word a line. */
const SCRIPTS = {
  bash: `_twlint() {
  local IFS=$'\\n'
  local words
  words=$("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o filenames -F _twlint twlint
`,
  zsh: `#compdef twlint
_twlint() {
  local -a found
  found=("\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _twlint twlint
`,
} as const;

export default defineCommand({
  positionals: { shell: { describe: 'For which shell', choices: Object.keys(SCRIPTS) } },
  options: {},
  examples: [
    ['source <(twlint completion bash)', 'In ~/.bashrc'],
    ['source <(twlint completion zsh)', 'In ~/.zshrc, behind compinit'],
  ],
  async run(args, world) {
    const script = SCRIPTS[args.shell as keyof typeof SCRIPTS];
    if (script === undefined) throw new UserError(`there is no shell ${String(args.shell)}`);
    world.out.write(script);
    return exit.clean;
  },
});
